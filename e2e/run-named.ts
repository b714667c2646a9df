/** Runs the named parts of a command that prints figures, or all of them. */
export type Print = (line: string) => void;

/** @param parts in their order; an unknown name on the command line ends it with exit code 2 and the names there are */
export async function runNamed(
  what: string,
  parts: Readonly<Record<string, (print: Print) => Promise<void>>>,
): Promise<void> {
  const names = Object.keys(parts);
  const named = process.argv.slice(2);
  const unknown = named.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`no such ${what}: ${unknown.join(', ')}; there are ${names.join(', ')}`);
    process.exitCode = 2;
    return;
  }
  for (const name of named.length > 0 ? named : names) {
    console.log(`\n${name}`);
    await parts[name]!((line) => console.log(`  ${line}`));
  }
}

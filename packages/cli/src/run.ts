/** The process of the `rouse` command: its arguments and standard streams, and its exit code. */
import { main } from './main.ts';

export async function run(): Promise<void> {
  // A closed pipe (`rouse status | head -1`) is the reader's decision, not an error.
  process.stdout.on('error', () => process.exit(0));
  process.stderr.on('error', () => {});
  const exitCode = await main(process.argv.slice(2), {
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  });
  // Keep-alive connections to the operator would hold the process; what was printed is flushed by `exitCode` alone.
  process.exitCode = exitCode;
}

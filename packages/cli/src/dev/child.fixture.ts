/** A daemon for the tests of its supervision: says that it is up, then behaves as its argument says. */
const [mode, code] = process.argv.slice(2);
process.on('disconnect', () => process.exit(0));
// Before it says that it is up: signals come from then on.
if (mode === 'stubborn') process.on('SIGTERM', () => console.log('not yet'));
console.log(
  JSON.stringify({ level: 'info', msg: 'up', mark: process.env.MARK, parent: process.env.ROUSE_EXIT_WITH_PARENT }),
);
if (mode === 'exit') process.exit(Number(code));

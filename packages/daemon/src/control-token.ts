/** The bearer token of the control API: read from a file (again when it changes) or the environment, compared as digests. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Clock, flagEnvironmentName, type Problem } from '@rouse/contract';
import type { Log } from './log.ts';

const FILE_FLAG = '--control-token-file';
const TOKEN_VARIABLE = flagEnvironmentName('control-token');

/** Two at once allow a rotation without a gap: add the new one everywhere, then send it, then remove the old one. */
const MOST_TOKENS = 2;

/** Polled, because a mounted Secret is swapped by a link that no watch of the file follows. */
const POLL_MS = 1_000;

export interface ControlToken {
  /** The token to send: the first one now in force; null where none is configured. */
  readonly current: string | null;
  /** Whether the value of an Authorization field carries a valid token; always true where none is configured. */
  isAuthorized(header: string | null | undefined): boolean;
  /** Stops looking at the file. */
  close(): void;
}

export interface ControlTokenOptions {
  /** `--control-token-file`; wins over the environment. */
  readonly file: string | null;
  /** `ROUSE_CONTROL_TOKEN` is read from it and removed, so that no child process inherits it. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly clock: Clock;
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** One or two tokens separated by white space; null where there are none, more, or characters a field cannot carry. */
function readTokens(text: string): readonly string[] | null {
  const tokens = text.split(/\s+/).filter((token) => token !== '');
  const valid =
    tokens.length >= 1 && tokens.length <= MOST_TOKENS && tokens.every((token) => /^[\x21-\x7e]+$/.test(token));
  return valid ? tokens : null;
}

function tokenProblem(key: string, value: string, fix: string): Problem {
  const allowed = 'one or two tokens of visible ASCII characters, separated by white space';
  return { source: 'flag', key, value, allowed, fix, severity: 'error' };
}

/** The value of a problem never shows a token. */
function loadFile(file: string): readonly string[] | Problem {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return tokenProblem(FILE_FLAG, file, `Make the file readable for this process (${reason}).`);
  }
  return (
    readTokens(text) ?? tokenProblem(FILE_FLAG, file, 'Write one token into the file, or two lines during a rotation.')
  );
}

function takeFromEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  const text = env[TOKEN_VARIABLE];
  delete env[TOKEN_VARIABLE];
  return text === '' ? undefined : text;
}

function isProblem(value: readonly string[] | Problem): value is Problem {
  return !Array.isArray(value);
}

export interface ControlTokens extends ControlToken {
  /** From now on these are valid; false, and nothing changes, where the text holds no usable token. */
  use(text: string): boolean;
}

/** Tokens that come from elsewhere, such as a Secret; without any, everything is authorized, as with no token configured. */
export function controlTokens(): ControlTokens {
  let tokens: readonly string[] = [];
  let digests: readonly Buffer[] = [];
  return {
    get current() {
      return tokens[0] ?? null;
    },
    isAuthorized(header) {
      if (digests.length === 0) return true;
      const sent = digest(/^bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '');
      // Every token is compared, so that the time does not tell which one nearly fits.
      return digests.map((valid) => timingSafeEqual(valid, sent)).includes(true);
    },
    use(text) {
      const read = readTokens(text);
      if (read === null) return false;
      tokens = read;
      digests = read.map(digest);
      return true;
    },
    close: () => undefined,
  };
}

/** Reads the token. A file that later becomes unreadable leaves the last tokens in force, and says so in the log. */
export function openControlToken(options: ControlTokenOptions): { token: ControlToken; problems: readonly Problem[] } {
  const { file, log } = options;
  const variable = takeFromEnvironment(options.env);
  const problems: Problem[] = [];
  const tokens = controlTokens();
  let inForce = '';

  function use(next: readonly string[]): void {
    inForce = next.join(' ');
    tokens.use(inForce);
  }

  if (file !== null) {
    const loaded = loadFile(file);
    if (isProblem(loaded)) problems.push(loaded);
    else use(loaded);
  } else if (variable !== undefined) {
    const read = readTokens(variable);
    if (read === null)
      problems.push(tokenProblem(TOKEN_VARIABLE, '(not shown)', `Set ${TOKEN_VARIABLE} to one token.`));
    else use(read);
  }

  let told = false;
  function reload(path: string): void {
    const loaded = loadFile(path);
    if (isProblem(loaded)) {
      if (!told)
        log.error('control token file is not usable; the last token stays in force', { file: path, fix: loaded.fix });
      told = true;
      return;
    }
    told = false;
    if (loaded.join(' ') === inForce) return;
    use(loaded);
    log.info('control token reloaded', { file: path, valid: loaded.length });
  }

  let stopPolling: () => void = () => undefined;
  function poll(path: string): void {
    stopPolling = options.clock.after(POLL_MS, () => {
      reload(path);
      poll(path);
    });
  }
  if (file !== null && problems.length === 0) poll(file);

  const token: ControlToken = {
    get current() {
      return tokens.current;
    },
    isAuthorized: (header) => tokens.isAuthorized(header),
    close: () => stopPolling(),
  };
  return { token, problems };
}

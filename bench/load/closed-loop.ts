/** Sends one request again and again on so many connections, each waiting for its answer: by wrk, else by a client of our own. */
import { join } from 'node:path';
import { writeFile } from '../folder.ts';
import { findProgram, output } from '../programs.ts';
import { type RequestSpec, requestText } from './request-text.ts';

export interface ClosedLoop {
  readonly request: RequestSpec;
  readonly connections: number;
}

/** @returns requests answered with 200 @throws where another answer came, or a connection failed */
export async function runClosedLoop(
  port: number,
  { request, connections }: ClosedLoop,
  seconds: number,
): Promise<number> {
  const file = writeFile('request', requestText(request));
  // It takes whole seconds.
  const wrk = Number.isInteger(seconds) ? findProgram('wrk') : undefined;
  if (wrk === undefined) {
    const program = join(import.meta.dirname, 'client.ts');
    return Number(await output(process.execPath, [program, ...[port, connections, seconds].map(String), file]));
  }
  const script = writeFile(
    'wrk.lua',
    `local file = io.open("${file}", "rb")\nlocal text = file:read("*a")\nfile:close()\nrequest = function() return text end\n`,
  );
  const printed = await output(wrk, [
    ...['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, '--timeout', '10s'],
    `http://127.0.0.1:${port}/`,
  ]);
  if (/Non-2xx|Socket errors/.test(printed)) throw new Error(`requests failed:\n${printed}`);
  return Number(/(\d+) requests in/.exec(printed)![1]);
}

/** Which of the things told about an object resemble so many told before that one Event says them all. */
import { remember } from './remember.ts';

export interface EventText {
  /** The same for what is counted up in one Event. */
  readonly key: string;
  readonly message: string;
}

export interface SimilarEvents {
  /** @param about the object, type and reason; the same for what resembles each other */
  textOf(about: string, message: string, nowMs: number): EventText;
}

interface Told {
  readonly messages: Set<string>;
  readonly lastMs: number;
}

/** client-go's own figures: the tenth different message within ten minutes of the last one is combined with what follows. */
const DIFFERENT = 10;
const WITHIN_MS = 600_000;
const COMBINED = '(combined from similar events): ';

export function similarEvents(): SimilarEvents {
  const told = new Map<string, Told>();
  return {
    textOf(about, message, nowMs) {
      const known = told.get(about);
      const messages = known !== undefined && nowMs - known.lastMs < WITHIN_MS ? known.messages : new Set<string>();
      remember(told, about, { messages, lastMs: nowMs });
      if (messages.has(message) || messages.size < DIFFERENT - 1) {
        messages.add(message);
        return { key: `${about} ${message}`, message };
      }
      return { key: about, message: COMBINED + message };
    },
  };
}

/** Reports as server-sent events; a reader that does not keep up misses some, and learns the sum with the next. */
import type { Report } from '@rouse/contract';
import type { ReportStream, Reports } from './reports.ts';

/** So much may wait for a slow reader. */
const HIGH_WATER_BYTES = 1024 * 1024;

export function reportEvents(reports: Reports): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stream: ReportStream | null = null;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stream = reports.open((report: Report) => {
          controller.enqueue(encoder.encode(`data: ${JSON.stringify(report)}\n\n`));
          return (controller.desiredSize ?? 0) > 0;
        });
      },
      pull() {
        stream?.drained();
      },
      cancel() {
        stream?.close();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES }),
  );
}

/** How a container waits for an image that cannot be had: the reasons, Events and delays of a kubelet. */
import { imageFault } from './image-name.ts';
import type { Container, ContainerState } from './pod.ts';
import { restartBackoff } from './restart-backoff.ts';

export interface ImageWait {
  /** What to wait for now, and for how long; undefined when the image is there. Call again after `waitMs`. */
  next(): { readonly waiting: NonNullable<ContainerState['waiting']>; readonly waitMs: number } | undefined;
}

export interface ImageWaitOptions {
  readonly container: Container;
  record(type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** A failed pull keeps its own reason so long before the back-off's is shown, so that both can be seen. */
const PULL_ERROR_SHOWN_MS = 1000;
/** Nothing changes by itself: a kubelet looks again with each sync of the pod. */
const SYNC_MS = 60_000;

/** A container without an image has nothing to wait for. */
export function imageWait({ container, record }: ImageWaitOptions): ImageWait {
  const { image, imagePullPolicy } = container;
  const fault = image === undefined || image === '' ? undefined : imageFault(image, imagePullPolicy);
  const backoff = restartBackoff();
  // Its first delay is none: that is for restarts.
  backoff.next(0);
  let pulled = false;
  let told = false;

  function tellOnce(reason: string, message: string): void {
    if (!told) {
      record('Warning', reason === 'InvalidImageName' ? 'InspectFailed' : reason, message);
      record('Warning', 'Failed', `Error: ${reason}`);
    }
    told = true;
  }

  return {
    next() {
      if (fault === undefined) return undefined;
      const { reason, message } = fault;
      if (reason !== 'ErrImagePull') {
        tellOnce(reason, message);
        return { waiting: { reason, message }, waitMs: SYNC_MS };
      }
      pulled = !pulled;
      if (pulled) {
        record('Normal', 'Pulling', `Pulling image ${JSON.stringify(image)}`);
        record('Warning', 'Failed', `Failed to pull image ${JSON.stringify(image)}: ${message}`);
        record('Warning', 'Failed', 'Error: ErrImagePull');
        return { waiting: { reason, message }, waitMs: PULL_ERROR_SHOWN_MS };
      }
      const backOff = `Back-off pulling image ${JSON.stringify(image)}`;
      record('Normal', 'BackOff', backOff);
      record('Warning', 'Failed', 'Error: ImagePullBackOff');
      return {
        waiting: { reason: 'ImagePullBackOff', message: `${backOff}: ErrImagePull: ${message}` },
        waitMs: backoff.next(0),
      };
    },
  };
}

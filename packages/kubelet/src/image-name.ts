/** What a node would say of an image's name. Images are not run here: only names made to fail do. */

export interface ImageFault {
  readonly reason: 'InvalidImageName' | 'ErrImagePull' | 'ErrImageNeverPull';
  readonly message: string;
}

/** The grammar of github.com/distribution/reference: `[host[:port]/]path[:tag][@digest]`, the path in lower case. */
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST = '(?:[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?';
const REFERENCE = new RegExp(
  `^(?:${HOST}/)?(${PART}(?:/${PART})*)(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?$`,
);
/** The image of this name is in no registry, and no registry is in this domain (RFC 6761, section 6.4). */
const MISSING = 'does-not-exist';
const NOWHERE = /^[^/]+\.invalid(?::\d+)?\//;

/** @returns undefined for an image that "is there": any well-formed name but those above */
export function imageFault(image: string, pullPolicy: string | undefined): ImageFault | undefined {
  const match = REFERENCE.exec(image);
  if (match === null) {
    const text = JSON.stringify(image);
    const why = `couldn't parse image name ${text}: invalid reference format`;
    return { reason: 'InvalidImageName', message: `Failed to apply default image tag ${text}: ${why}` };
  }
  const missing = match[1]!.split('/').at(-1) === MISSING;
  const nowhere = NOWHERE.test(image);
  if (!missing && !nowhere) return undefined;
  if (pullPolicy === 'Never') {
    const message = `Container image ${JSON.stringify(image)} is not present with pull policy of Never`;
    return { reason: 'ErrImageNeverPull', message };
  }
  const cause = missing ? 'not found' : `dial tcp: lookup ${image.split('/')[0]}: no such host`;
  const text = JSON.stringify(image);
  const message = `failed to pull and unpack image ${text}: failed to resolve reference ${text}: ${image}: ${cause}`;
  return { reason: 'ErrImagePull', message };
}

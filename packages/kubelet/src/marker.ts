/** The variable that marks every process of a container, so that those which left its process group are found too. */

/** Set in each container's environment to `INSTANCE.NUMBER`; inherited by whatever the container starts. */
export const MARKER = 'ROUSE_CONTAINER';

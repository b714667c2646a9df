/** How many server-sent events one response has. */
export const SSE_EVENTS = 100;

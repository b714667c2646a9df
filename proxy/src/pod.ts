/** A pod as this proxy sees it: address, phase, whether it may be used, and its connections. */
export {};

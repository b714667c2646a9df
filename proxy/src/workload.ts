/** A workload as this proxy runs it: settings, pods, counters, held requests. */
export {};

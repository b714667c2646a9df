/** Placeholder replaced within the hour. */
export interface Transport {
  readonly name: 'onread' | 'data';
}

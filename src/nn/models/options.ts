import type { Gpu } from '../../gpu/index.ts';

/** What a network is to be. */
export interface NetworkOptions {
  /** Where it lies; the default device where left out. */
  gpu?: Gpu;
  /** Channels of the picture: 1 for radiographs and projections; 3 where left out. */
  inChannels?: number;
  /** Numbers that come out for each picture. */
  outChannels?: number;
  /** Gives the parameters their first values; without it the network waits for `initialise` or `loadStateDict`. */
  seed?: number;
}

/** What a host (Node or a browser) must offer to the runtime. `#gpu-host` resolves to one of the two implementations. */
export type AdapterKind = 'hardware' | 'lavapipe' | 'swiftshader';
/** Which adapter to take: one of the kinds, or `auto` for the best that there is. */
export type AdapterChoice = 'auto' | AdapterKind;

/** Something that was tried or seen before what was taken, most often a driver, and why it was not taken. */
export interface PassedOver {
  name: string;
  reason: string;
}

export interface HostAdapter {
  adapter: GPUAdapter;
  kind: AdapterKind;
  /** Human-readable driver name and version, e.g. "llvmpipe (LLVM 19.1.7, 256 bits), Mesa 25.0.7". */
  driver: string;
  passedOver: PassedOver[];
  /** Ways to compute that were found for this adapter before (tuning.ts). */
  tuning: Readonly<Record<string, string>>;
}

export interface HostOptions {
  adapter: AdapterChoice;
}

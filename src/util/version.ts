import { dependencies, version } from '../../package.json';

/** This package's version. */
export const VERSION: string = version;

/** Version of the `webgpu` package (Dawn) that Node uses; dependencies are pinned. */
export const WEBGPU_VERSION: string = dependencies.webgpu;

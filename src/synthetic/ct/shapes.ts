/**
 * Bodies given by their depth: how far a point lies under the surface, in mm, negative outside. Depth is exact for spheres
 * and capsules and near enough at the surface for the rest; the canvas turns it into the share of a pixel that is filled.
 */
export type Point = readonly [x: number, y: number, z: number];

/** A rectangle that holds all of a body at one height. */
export interface Region {
  x: number;
  y: number;
  halfWidth: number;
  halfDepth: number;
}

export interface Shape {
  low: number;
  high: number;
  region(z: number): Region;
  depth(x: number, y: number, z: number): number;
}

/** An ellipsoid with axes along x, y, z, turned about z by `turn` radians. */
export function ellipsoid([cx, cy, cz]: Point, [rx, ry, rz]: Point, turn = 0): Shape {
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  const mean = (rx + ry) / 2;
  const [reachX, reachY] = [Math.hypot(rx * cos, ry * sin), Math.hypot(rx * sin, ry * cos)];
  return {
    low: cz - rz,
    high: cz + rz,
    region(z) {
      // A slice is up to 8 mm thick and shows what lies within it.
      const w = Math.max(0, Math.abs(z - cz) - 4) / rz;
      const share = Math.sqrt(Math.max(0, 1 - w * w));
      return { x: cx, y: cy, halfWidth: reachX * share, halfDepth: reachY * share };
    },
    depth(x, y, z) {
      const dx = x - cx;
      const dy = y - cy;
      const u = (dx * cos + dy * sin) / rx;
      const v = (dy * cos - dx * sin) / ry;
      const w = (z - cz) / rz;
      return (1 - Math.sqrt(u * u + v * v + w * w)) * mean;
    },
  };
}

/** A rod with round ends whose radius goes from `r0` at the one end to `r1` at the other. */
export function capsule(from: Point, to: Point, r0: number, r1 = r0): Shape {
  const [ax, ay, az] = from;
  const [bx, by, bz] = [to[0] - ax, to[1] - ay, to[2] - az];
  const inverse = 1 / Math.max(bx * bx + by * by + bz * bz, 1e-9);
  const r = Math.max(r0, r1);
  const region = {
    x: ax + bx / 2,
    y: ay + by / 2,
    halfWidth: Math.abs(bx) / 2 + r,
    halfDepth: Math.abs(by) / 2 + r,
  };
  return {
    low: Math.min(az, to[2]) - r,
    high: Math.max(az, to[2]) + r,
    region: () => region,
    depth(x, y, z) {
      const dx = x - ax;
      const dy = y - ay;
      const dz = z - az;
      const t = Math.min(1, Math.max(0, (dx * bx + dy * by + dz * bz) * inverse));
      const ex = dx - t * bx;
      const ey = dy - t * by;
      const ez = dz - t * bz;
      return r0 + t * (r1 - r0) - Math.sqrt(ex * ex + ey * ey + ez * ez);
    },
  };
}

/** Capsules along a path of points with radii. */
export function tube(path: readonly Point[], radius: (index: number) => number): Shape[] {
  return path.slice(1).map((to, i) => capsule(path[i] as Point, to, radius(i), radius(i + 1)));
}

/** The same body, mirrored to the other side of the midline. */
export function mirrored(shape: Shape): Shape {
  return {
    low: shape.low,
    high: shape.high,
    region: (z) => {
      const region = shape.region(z);
      return { ...region, x: -region.x };
    },
    depth: (x, y, z) => shape.depth(-x, y, z),
  };
}

/** A body and what it is made of; later ones are painted over earlier ones. */
export interface Part {
  shape: Shape;
  /** HU of the outer shell (cortical bone, a vessel's wall). */
  shell: number;
  /** Thickness of the shell, mm; 0 for a body of one kind. */
  thickness: number;
  /** HU inside. */
  core: number;
}

/** A body of one attenuation. */
export const solid = (shape: Shape, hu: number): Part => ({ shape, shell: hu, thickness: 0, core: hu });

/** A body with a shell. */
export const shelled = (shape: Shape, shell: number, thickness: number, core: number): Part => ({
  shape,
  shell,
  thickness,
  core,
});

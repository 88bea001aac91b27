// A scene: photographs and their cameras. Loaders of all formats make one.
import type { Bounds } from '../core/index.js';
import type { Intrinsics } from './cameras/intrinsics.js';

export type { Bounds } from '../core/index.js';

/** Which part of a data set a photograph belongs to, where its files say so. */
export type Split = 'train' | 'val' | 'test';

/** Marks pixels of a photograph to leave out. */
export interface Mask {
  /** An image of the photograph's shape; absolute path. Where it is transparent it counts as black. */
  readonly file: string;
  /** Which of its pixels are to be left out: COLMAP's and nerfstudio's masks mark them black, instant-ngp's anything but black. */
  readonly ignore: 'black' | 'white';
}

/** One photograph and its camera. */
export interface View {
  /** As the scene's files name it; unique within a scene. */
  readonly name: string;
  /** Absolute path of the photograph; undefined for a camera without one. */
  readonly file: string | undefined;
  readonly mask?: Mask;
  /** Pixels whose three colours all have one of these values, from 0 to 255, are transparent (instant-ngp's 0 or 255). */
  readonly transparent?: readonly number[];
  /** For pictures of the size that is trained on; a photograph of another size is resized when it is read. */
  readonly intrinsics: Intrinsics;
  /**
   * 16 numbers, camera to world, column by column as in gl-matrix: right, up and backwards (the camera looks along −Z),
   * then the camera's place. The first three columns are a rotation.
   */
  readonly pose: Float64Array;
  /** Undefined where the files do not say. */
  readonly split: Split | undefined;
}

/** A place or a direction. */
export type Xyz = readonly [x: number, y: number, z: number];

/** Where the things of a scene are. Lengths are in the units of the scene's files. */
export interface SceneExtent {
  /** Contains what the cameras look at. Photographs of an unbounded scene also show what lies behind it. */
  readonly bounds: Bounds;
  /** Whether photographs may show things outside the bounds: true of captures, false of objects before a background. */
  readonly unbounded: boolean;
  /** Along a ray of unit direction: nothing is nearer than this. */
  readonly near: number;
  /** Along a ray of unit direction: what is worth training lies before this, in an unbounded scene inside the bounds. */
  readonly far: number;
  /** The point that the cameras look at: the one nearest to all their axes, where there is one. */
  readonly focus: Xyz;
  /** The median distance of the cameras from the focus. */
  readonly radius: number;
  /** Unit vector; upwards in the world as far as is known. */
  readonly up: Xyz;
  /** How the numbers were found, in words. */
  readonly source: string;
}

/** Photographs, their cameras, and where in the world things are. */
export interface PhotoScene extends SceneExtent {
  readonly format: SceneFormat;
  /** Absolute path; every file of the scene lies in it. */
  readonly folder: string;
  /**
   * What was taken off all positions of the scene's files, in double precision: 0 0 0, unless the cameras stand so far from
   * the files' origin that rays in single precision would start beside them. Poses and extent are what is left; add it for
   * the files' world.
   */
  readonly origin: Xyz;
  /** Sorted by name, digits by their value. */
  readonly views: readonly View[];
  /** Whether photographs have transparent parts, which a background is to fill. A channel of alpha that is opaque is none. */
  readonly hasAlpha: boolean;
  /** How many photographs the files list, missing ones included. */
  readonly listed: number;
  /** Photographs that are listed but are not there, as the files name them. */
  readonly missing: readonly string[];
  /** Warnings for users, one sentence each: missing photographs by name and number, odd cameras. */
  readonly warnings: readonly string[];
}

/** The formats of scenes. */
export type SceneFormat = 'transforms' | 'blender' | 'llff' | 'colmap-text' | 'colmap-binary';

// What a radiance field is: a network from position and direction to density and colour, in parts that volume rendering puts
// together.
import type { GraphBuilder, Value } from '../../graph/index.js';
import type { ModelDefinition } from '../definition.js';
import type { DenseChain } from '../dense-chain.js';
import type { GridLayout } from '../hash-grid/layout.js';

/** Where in the world a field is, and how much of the world it holds. */
export interface FieldSpace {
  /** The middle of the cube that is trained at full resolution, in the world's units. */
  readonly centre: readonly [x: number, y: number, z: number];
  /** Half the cube's side, in the world's units. */
  readonly half: number;
  /**
   * Whether there is something to see outside the cube. Then all of space is drawn together into a cube of twice the side
   * (Barron et al., Mip-NeRF 360, 2022, Eq. 10, with the maximum norm), and the network works on that; otherwise rays end
   * where they leave the cube.
   */
  readonly contracted: boolean;
  /** Along a ray of unit direction, in the world's units: nothing is nearer to a camera than this. */
  readonly near: number;
  /** Nothing counts beyond this. */
  readonly far: number;
}

/**
 * A field whose two networks are nothing but dense layers, as an engine with kernels of its own reads it: the parameters are
 * those of the lookup, if there is one, of `density` and of `colour`, in this order.
 */
export interface FieldChains {
  /** From what the lookup gives, or from coordinates, to the density's logarithm and what the colour's network gets. */
  readonly density: DenseChain;
  /** The logarithm is held to ± this. */
  readonly mostLogDensity: number;
  /** From those numbers and the direction's harmonics to what a sigmoid makes the colour of; layers with ReLU and no bias. */
  readonly colour: DenseChain;
  /** What every product of `colour` is multiplied with. */
  readonly colourRate: number;
}

/** The parts of a field, which volume rendering puts together. All values are graph values. */
export interface FieldParts {
  /** Where a kernel looks positions up on the CPU: its table is the first parameter. */
  readonly layout?: GridLayout;
  /** Where it is nothing but dense layers behind the lookup, or behind coordinates. */
  readonly chains?: FieldChains;
  /** Numbers per position that the lookup gives; 3 without one. */
  readonly encodedWidth: number;
  /**
   * Positions as the kernel would give them.
   * @param coordinates `[n, 3]` in [−1, 1]
   * @param parameters all of the field's
   * @returns `[n, encodedWidth]`
   */
  encode(b: GraphBuilder, coordinates: Value, parameters: readonly Value[]): Value;
  /**
   * @param encoded `[n, encodedWidth]`
   * @param network the field's parameters without the table
   * @returns `density` `[n, 1]`, per half side of the cube; `features` for the colour
   */
  density(b: GraphBuilder, encoded: Value, network: readonly Value[]): { density: Value; features: Value };
  /** @param directions `[r, 3]` of length 1 */
  encodeDirections(b: GraphBuilder, directions: Value): Value;
  /**
   * @param directions encoded, a row for each sample
   * @returns `[n, 3]` in (0, 1)
   */
  colour(b: GraphBuilder, features: Value, directions: Value, network: readonly Value[]): Value;
}

/**
 * A network from position and direction (`inputDim` 6, both in the world, the direction of length 1) to density, per unit of
 * the world's length, and colour (`outputDim` 4).
 */
export interface RadianceField extends ModelDefinition {
  readonly space: FieldSpace;
  readonly parts: FieldParts;
}

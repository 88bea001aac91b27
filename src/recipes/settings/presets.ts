// Presets: named sets of defaults by strategy and backbone, and how layers of settings and defaults lie over one another.
import { present } from '../../core/present.js';
import { defaultsOf } from './shared.js';
import type { SettingsShape } from '../../core/settings.js';

/** Some settings by name. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * A named set of defaults. What a strategy has of its own goes before what is for all, a backbone's before both, and what a
 * strategy has with that backbone before everything.
 */
export interface Preset {
  /** The strategy of a run for which none is named. */
  readonly strategy: string;
  /** The backbone of a run for which none is named. */
  readonly backbone: string;
  readonly all: Values;
  readonly strategies?: Readonly<Record<string, Values>>;
  readonly backbones?: Readonly<Record<string, Values>>;
  /** By backbone, then by strategy. */
  readonly pairs?: Readonly<Record<string, Readonly<Record<string, Values>>>>;
  /** The entries of a comparison for which none are named; default: the modality's. */
  readonly compared?: readonly string[];
  /** What it says of the input, which settings named anywhere go before. */
  readonly input?: Values;
}

/** Presets by name. */
export type Presets = Readonly<Record<string, Preset>> & { readonly default: Preset };

/** Names of all settings that a preset takes back when a later layer names it. */
function heldBy(presets: Presets): Set<string> {
  const books = Object.values(presets).flatMap(({ all, strategies = {}, backbones = {}, pairs = {} }) => [
    all,
    ...[strategies, backbones, ...Object.values(pairs)].flatMap((book) => Object.values(book)),
  ]);
  const backbones = new Set(Object.values(presets).map(({ backbone }) => backbone));
  const held = new Set(books.flatMap((book) => Object.keys(book)));
  if (backbones.size > 1) held.add('backbone');
  // How long to train is nothing that a preset takes back once it was said.
  held.delete('steps');
  return held;
}

/**
 * Lays settings over one another, later layers last. A preset goes before what earlier layers say of its settings;
 * settings beside it in the same layer go before it, and so do later layers. What is undefined counts as not named.
 */
export function layered(presets: Presets, layers: readonly object[]): Record<string, unknown> {
  let result: Record<string, unknown> = {};
  const held = heldBy(presets);
  for (const layer of layers) {
    const named = present(layer);
    if (Object.hasOwn(named, 'preset')) {
      result = Object.fromEntries(Object.entries(result).filter(([name]) => !held.has(name)));
    }
    Object.assign(result, named);
  }
  return result;
}

/** What declares settings: a strategy, a backbone. */
export interface Declaring {
  readonly name: string;
  readonly settings: SettingsShape;
  /** Defaults of a strategy that differ where tiles stand for samples. */
  readonly tiled?: Values;
  /** Defaults of a backbone that differ where it is a scene's field. */
  readonly fieldDefaults?: Values;
  /** The learning rate that suits a backbone. */
  readonly learningRate?: number;
  /** How its learning rate falls, where it has a schedule of its own. */
  readonly schedule?: Values;
  /** The setting of a backbone by which it is chosen. */
  readonly namedBy?: string;
}

/** What defaults come from. */
export interface Sources {
  readonly presets: Presets;
  readonly defaults: Values;
  readonly strategies: readonly Declaring[];
  readonly backbones: readonly Declaring[];
  /** Whether it trains fields, on tiles of rays. */
  readonly rays: boolean;
}

/** The preset that settings name, or the usual one. */
export const presetOf = (presets: Presets, named: Values): Preset =>
  own(presets, named['preset']) ?? presets.default;

/** Named settings with everything else filled in. Nothing is checked. */
export function completed(sources: Sources, named: Values): Record<string, unknown> {
  const { presets, defaults, rays } = sources;
  const preset = presetOf(presets, named);
  const usual = impliedBy(sources.backbones, named) ?? preset.backbone;
  const { strategy = preset.strategy, backbone = usual } = named;
  const chosen = sources.strategies.find(({ name }) => name === strategy);
  const network = sources.backbones.find(({ name }) => name === backbone);
  // What a preset says of the learning rate is meant for its own backbone.
  const other = backbone === preset.backbone ? undefined : network;
  return present({
    ...defaults,
    ...preset.input,
    ...defaultsOf(chosen?.settings ?? {}),
    ...declaredBy(network),
    ...(rays ? { ...chosen?.tiled, ...network?.fieldDefaults } : {}),
    ...preset.all,
    ...own(preset.strategies ?? {}, strategy),
    ...present({ learningRate: other?.learningRate, ...other?.schedule }),
    ...own(preset.backbones ?? {}, backbone),
    ...own(own(preset.pairs ?? {}, backbone) ?? {}, strategy),
    strategy,
    backbone,
    ...named,
  });
}

/** The backbone that is chosen by one of its settings. */
const impliedBy = (backbones: readonly Declaring[], named: Values): string | undefined =>
  backbones.find(({ namedBy }) => namedBy !== undefined && named[namedBy] !== undefined)?.name;

/** Defaults of a backbone's settings, undefined ones too: what others have for a setting of that name is not meant for it. */
const declaredBy = (network: Declaring | undefined): Values =>
  Object.fromEntries(
    Object.entries(network?.settings ?? {}).map(([name, { default: usual }]) => [name, usual]),
  );

function own<Value>(book: Readonly<Record<string, Value>>, name: unknown): Value | undefined {
  return typeof name === 'string' && Object.hasOwn(book, name) ? book[name] : undefined;
}

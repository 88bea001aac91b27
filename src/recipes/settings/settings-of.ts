// Makes a modality's resolver from its description and the registries.
import { ConfigError } from '../../core/errors.js';
import { list, type SettingsShape } from '../../core/settings.js';
import {
  expectation,
  problemSentence,
  problemsOf,
  shapeProblems,
  showValue,
  typedValue,
  type Form,
  type Problem,
} from './check.js';
import { whyNot } from './built-in.js';
import type { CompareOf, FitOf, SettingsDescription } from './description.js';
import { backboneNeeds } from './built-in.js';
import { describe } from './describe.js';
import { isEllipsis, listedEntries, readEntry } from './entries.js';
import { shapeSchema, type JsonSchema } from './json-schema.js';
import { scheduleProblems } from './learning-rate.js';
import { completed, layered, presetOf, type Declaring, type Values } from './presets.js';
import type {
  CompareSettings,
  Field,
  Purpose,
  Resolver,
  RunSettings,
  StrategyEntry,
  Words,
} from './resolver.js';
import { ownOf, unionOf, type Known } from './shapes.js';
import { chosenSettings, comparisonSettings, defaultsOf, runSettings, sharedIds } from './shared.js';
import { kebabCase } from './spelling.js';
import { wordsOf } from './words.js';

/** Everything that there is to know while the registries stay as they are. */
interface Catalogue {
  readonly strategies: readonly Declaring[];
  readonly backbones: readonly Declaring[];
  /** All settings of a run, in the order of the help. */
  readonly known: ReadonlyMap<string, Known>;
  /** Those that a strategy of a comparison may have of its own. */
  readonly perEntry: SettingsShape;
  readonly shapes: Readonly<Record<Purpose, SettingsShape>>;
  readonly defaults: Values;
  /** The options of the command line, once they were asked for. */
  readonly fields: Map<Purpose, readonly Field[]>;
}

/** Makes a resolver; see {@link Resolver}. */
export function settingsOf<
  const Foreign extends Readonly<Record<string, string>>,
  Own extends SettingsShape,
  Training extends SettingsShape,
>(
  description: SettingsDescription<Own, Training, Foreign>,
): Resolver<
  FitOf<SettingsDescription<Own, Training, Foreign>> & RunSettings,
  CompareOf<SettingsDescription<Own, Training, Foreign>> & CompareSettings
> {
  return new SettingsResolver(description);
}

/** @see Resolver. What it gives back was judged by the description that the types are made from. */
class SettingsResolver<Fit extends RunSettings, Compare extends CompareSettings> implements Resolver<
  Fit,
  Compare
> {
  readonly #of: SettingsDescription;
  #catalogue: Catalogue | undefined;

  constructor(description: SettingsDescription) {
    this.#of = description;
  }

  /** Made anew when a plugin has added to the registries. */
  #known(): Catalogue {
    const [strategies, backbones] = [this.#of.strategies(), this.#of.backbones()];
    const same = (a: readonly Declaring[], b: readonly Declaring[]): boolean =>
      a.length === b.length && a.every((each, i) => each === b[i]);
    const last = this.#catalogue;
    if (last !== undefined && same(last.strategies, strategies) && same(last.backbones, backbones))
      return last;
    this.#catalogue = this.#made(strategies, backbones);
    return this.#catalogue;
  }

  #made(strategies: readonly Declaring[], backbones: readonly Declaring[]): Catalogue {
    const { own, training, foreign, presets, compared, perEntry } = this.#of;
    const ownNames = { ...own, ...training, ...runSettings };
    const without = (name: string): boolean => Object.hasOwn(foreign, name) || Object.hasOwn(ownNames, name);
    const named = <Name extends string>(several: readonly Declaring[], usual: Name) => ({
      choices: several.map(({ name }) => name),
      default: usual,
    });
    const strategy = { ...chosenSettings.strategy, ...named(strategies, presets.default.strategy) };
    const backbone = { ...chosenSettings.backbone, ...named(backbones, presets.default.backbone) };
    const ofStrategies = unionOf(
      'strategy',
      strategies,
      (name, { name: owner }) => without(name) || this.#unusedBy(owner).includes(name),
    );
    const known = new Map<string, Known>([
      ...ownOf({ strategy, ...training }),
      ...ofStrategies,
      ...ownOf({ backbone }),
      ...unionOf('backbone', backbones, without),
      ...ownOf({ ...own, ...runSettings }),
    ]);
    const fit = Object.fromEntries([...known].map(([name, { setting }]) => [name, setting]));
    const entry = Object.fromEntries(
      Object.entries(fit).filter(([name]) => perEntry.includes(name) || ofStrategies.has(name)),
    );
    const common = Object.fromEntries(Object.entries(fit).filter(([name]) => name !== 'strategy'));
    const entries = list({
      ...comparisonSettings.strategies,
      default: compared,
      problems: (text) => (isEllipsis(text) ? [] : readEntry(text, this.#reading(entry, known)).problems),
    });
    return {
      strategies,
      backbones,
      known,
      perEntry: entry,
      shapes: { fit, compare: { ...this.#ofComparisons(), strategies: entries, ...common } },
      defaults: defaultsOf(fit),
      fields: new Map(),
    };
  }

  /** The settings of comparisons that this modality has. */
  #ofComparisons(): SettingsShape {
    const { foreign } = this.#of;
    return Object.fromEntries(
      Object.entries(comparisonSettings).filter(([name]) => !Object.hasOwn(foreign, name)),
    );
  }

  #reading(perEntry: SettingsShape, known: ReadonlyMap<string, Known>) {
    return {
      perEntry,
      common: [...known.keys()].filter((name) => !Object.hasOwn(perEntry, name)),
      looksAt: (strategy: string, name: string) => this.#looksAt(strategy, known.get(name), name),
    };
  }

  /** Whether a strategy goes by a setting. One's own may go by any. */
  #looksAt(strategy: string, known: Known | undefined, name: string): boolean {
    if (!this.#of.strategies().some((each) => each.name === strategy)) return true;
    if (this.#unusedBy(strategy).includes(name)) return false;
    return known?.of !== 'strategy' || known.owners.some((owner) => owner.name === strategy);
  }

  #unusedBy(strategy: string): readonly string[] {
    const unused = new Map(Object.entries(this.#of.unused ?? {}));
    return unused.get(strategy) ?? [];
  }

  strategies(): readonly string[] {
    return this.#known().strategies.map(({ name }) => name);
  }

  backbones(): readonly string[] {
    return this.#known().backbones.map(({ name }) => name);
  }

  problems(purpose: Purpose, named: unknown, form?: Form): readonly Problem[] {
    const found = shapeProblems(this.#known().shapes[purpose], named, form);
    return explained(found, named).map((problem) => this.#explained(problem, named));
  }

  fit(...layers: readonly object[]): Fit {
    const named = layered(this.#of.presets, layers);
    const complete = this.#complete(named);
    const problems = this.#foreign(named);
    if (problems.length === 0) problems.push(...this.#problems(complete));
    return judged(complete, problems) as Fit;
  }

  compare(...layers: readonly object[]): Compare {
    const { shapes } = this.#known();
    const named = layered(this.#of.presets, layers);
    const preset = presetOf(this.#of.presets, named);
    const usual = preset.compared ?? this.#of.compared;
    const settled = {
      ...defaultsOf({ ...this.#of.own, ...runSettings, ...this.#ofComparisons() }),
      ...this.#of.inComparisons,
      ...preset.input,
    };
    const strategies = listedEntries(named['strategies'], usual);
    const compared = { ...settled, ...named, strategies };
    const problems = this.#foreign(named);
    if (problems.length === 0) {
      problems.push(...explained(shapeProblems(shapes.compare, compared), compared).map(problemSentence));
    }
    judged(compared, problems);
    // Together with what presets and strategies fill in, as each run will have them.
    for (const text of Array.isArray(strategies) ? strategies : [])
      this.runOf(compared, this.entry(String(text)));
    return compared as unknown as Compare;
  }

  entry(text: string): StrategyEntry {
    const { perEntry, known } = this.#known();
    const { problems, ...entry } = readEntry(text, this.#reading(perEntry, known));
    return judged(entry, problems);
  }

  runOf(compared: object, { strategy, settings }: StrategyEntry): Fit {
    const { strategies } = this.#known();
    const common = Object.fromEntries(
      Object.entries(compared).filter(([name]) => !Object.hasOwn(comparisonSettings, name)),
    );
    // A strategy of one's own has no name among the settings.
    const known = strategies.some(({ name }) => name === strategy);
    return this.fit(common, settings, known ? { strategy } : {});
  }

  inPlay({
    strategy,
    backbone,
  }: {
    readonly strategy: string;
    readonly backbone?: unknown;
  }): readonly string[] {
    const { known, shapes } = this.#known();
    return Object.keys(shapes.fit).filter((key) => {
      const { of = 'modality', owners = [] } = known.get(key) ?? {};
      return of === 'backbone'
        ? owners.some(({ name }) => name === backbone)
        : this.#looksAt(strategy, known.get(key), key);
    });
  }

  #complete(named: Values): Record<string, unknown> {
    const catalogue = this.#known();
    const { presets, rays = false } = this.#of;
    const complete = completed({ ...catalogue, presets, rays }, named);
    // A strategy may have defaults for settings that this modality has not.
    const known = (name: string): boolean => catalogue.known.has(name) || Object.hasOwn(named, name);
    return Object.fromEntries(Object.entries(complete).filter(([name]) => known(name)));
  }

  /** A strategy that there is, and that is not offered, has a reason. */
  #explained(problem: Problem, named: unknown): Problem {
    if (problem.path.join() !== 'strategy' || typeof named !== 'object' || named === null) return problem;
    const why = this.whyNot(new Map<string, unknown>(Object.entries(named)).get('strategy'));
    return why === undefined ? problem : { ...problem, message: why };
  }

  whyNot(strategy: unknown): string | undefined {
    return whyNot(strategy, this.#known().strategies, this.#of);
  }

  #foreign(named: Values): string[] {
    const why = this.whyNot(named['strategy']);
    if (why !== undefined) return [`strategy: ${why}`];
    return Object.entries(this.#of.foreign)
      .filter(([name]) => Object.hasOwn(named, name))
      .map(([name, hint]) => `${name}: is no setting of ${this.#of.several}; ${hint}`);
  }

  /** What is wrong with complete settings, one by one, then for what trains, then together. */
  #problems(complete: Values): string[] {
    const { shapes, strategies, backbones } = this.#known();
    const alone = explained(shapeProblems(shapes.fit, complete), complete);
    if (alone.length > 0) return alone.map(problemSentence);
    const strategy = strategies.find(({ name }) => name === complete['strategy']);
    const backbone = backbones.find(({ name }) => name === complete['backbone']);
    const apart = [
      ...this.#narrower(strategy, complete, 'strategy'),
      ...this.#narrower(backbone, complete, 'backbone'),
    ];
    if (apart.length > 0) return apart;
    return [...scheduleProblems(complete), ...(this.#of.check?.(complete) ?? [])];
  }

  /** A strategy or backbone may have a narrower range of its own than all of them together. */
  #narrower(declaring: Declaring | undefined, complete: Values, what: string): string[] {
    const { known } = this.#known();
    return Object.entries(declaring?.settings ?? {})
      .filter(([name]) => known.get(name)?.of === what && complete[name] !== undefined)
      .flatMap(([name, setting]) =>
        problemsOf(setting, complete[name]).map(() => {
          const expected = expectation(setting, 'value');
          return `${name}: got ${showValue(complete[name])}, expected ${expected} with ${what} ${declaring?.name ?? ''}`;
        }),
      );
  }

  fields(purpose: Purpose): readonly Field[] {
    const { fields, shapes } = this.#known();
    const known = fields.get(purpose);
    if (known !== undefined) return known;
    const usual = this.#usual(purpose);
    const made = Object.entries(shapes[purpose]).map(([key, setting]): Field => {
      const { value, apart } = usual(key);
      return {
        key,
        flag: (setting.type === 'list' ? setting.each : undefined) ?? kebabCase(key),
        setting,
        words: this.#words(key),
        usual:
          value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : typedValue(value),
        apart: apart.map(([owner, other]) => [owner, typedValue(other)]),
      };
    });
    fields.set(purpose, made);
    return made;
  }

  /** Default of a setting, and the strategies and backbones that have another one. */
  #usual(purpose: Purpose): (key: string) => {
    readonly value: unknown;
    readonly apart: readonly (readonly [string, unknown])[];
  } {
    const { strategies, backbones, known } = this.#known();
    const apart = purpose === 'compare' ? this.#of.inComparisons : {};
    const usual: Values = {
      ...defaultsOf(this.#ofComparisons()),
      ...this.#complete({ ...apart }),
      strategies: this.#of.compared,
    };
    const byStrategy = strategies.map(({ name }) => [name, this.#complete({ strategy: name })] as const);
    const byBackbone = backbones.map(({ name }) => [name, this.#complete({ backbone: name })] as const);
    return (key) => {
      const of = known.get(key);
      if (of === undefined || key === 'strategy' || key === 'backbone')
        return { value: usual[key], apart: [] };
      const looking = [
        ...byStrategy.filter(([name]) => of.of !== 'backbone' && this.#looksAt(name, of, key)),
        ...byBackbone.filter(
          ([name]) => of.of === 'modality' || of.owners.some((owner) => owner.name === name),
        ),
      ];
      // Where the usual strategy or backbone does not look at it, the first that does says what is usual.
      const [first] = looking;
      const owned = of.of === 'modality' || of.owners.some(({ name }) => name === usual[of.of]);
      const value = owned ? usual[key] : first?.[1][key];
      return {
        value,
        apart: looking
          .filter(([, complete]) => typedValue(complete[key]) !== typedValue(value))
          .map(([name, complete]) => [name, complete[key]]),
      };
    };
  }

  /** What a setting does: the modality's words, or those of each strategy or backbone that declares it. */
  #words(key: string): Words[] {
    const { strategies, backbones, known } = this.#known();
    const { owners = [], of = 'modality' } = known.get(key) ?? {};
    if (owners.length === 0) {
      const said = [this.#of.kind, ...sharedIds].map((id) => wordsOf(id, key)).find((text) => text !== '');
      return [{ owners: [], text: said ?? '' }];
    }
    const texts = owners.map(({ name }) => [name, wordsOf(name, key)] as const);
    const distinct = [...new Set(texts.map(([, text]) => text))];
    const everyone =
      distinct.length === 1 && owners.length === (of === 'strategy' ? strategies : backbones).length;
    return distinct.map((text) => ({
      owners: everyone ? [] : texts.filter(([, own]) => own === text).map(([name]) => name),
      text,
    }));
  }

  schema(purpose: Purpose): JsonSchema {
    const fields = new Map(this.fields(purpose).map((field) => [field.key, field]));
    const usual = this.#usual(purpose);
    const settled = new Set(Object.keys({ ...this.#of.own, ...runSettings, ...comparisonSettings }));
    return shapeSchema(this.#known().shapes[purpose], (name) => {
      const field = fields.get(name);
      const open = purpose === 'compare' && !settled.has(name);
      const { value } = usual(name);
      return {
        description: field === undefined ? '' : describe(field, open),
        ...(open || value === undefined ? {} : { default: value }),
      };
    });
  }
}

/** Says of a backbone that exists, and is not offered here, what it needs. */
function explained(problems: readonly Problem[], named: unknown): readonly Problem[] {
  const backbone =
    typeof named === 'object' && named !== null && 'backbone' in named ? named.backbone : undefined;
  const needs = backboneNeeds(backbone);
  if (needs === '') return problems;
  return problems.map((problem) =>
    problem.path.join() === 'backbone'
      ? { ...problem, message: `${problem.message}; ${String(backbone)} ${needs}` }
      : problem,
  );
}

/** @throws ConfigError where there are problems */
function judged<Value>(value: Value, problems: readonly string[]): Value {
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return value;
}

// `evos compare`: the same input, the same budget of steps, several strategies; a table at the end. Of several inputs, of a folder
// of them, or with several seeds, each is compared by itself, and the table is of all of them.
import path from 'node:path';
import { either, everyKind } from '../../recipes/modalities/recognise.js';
import { recogniseInputs } from '../../recipes/modalities/inputs.js';
import { modalities } from '../../recipes/modalities/registry.js';
import { text, toggle } from '../../core/settings.js';
import { CampaignView } from '../campaign-view.js';
import { defineCommand, type Command } from '../command.js';
import { CompareView } from '../compare-view.js';
import { BAD_INPUT } from '../environment.js';
import { loadConfig } from '../config.js';
import { wrap } from '../format.js';
import { notes } from '../heading.js';
import { untilStopped } from '../stopping.js';

/** The command `compare`. */
export const compareCommand = (): Command =>
  defineCommand({
    name: 'compare',
    description: `Fit ${either(modalities().map(({ one }) => one))} with several strategies and compare time and quality`,
    positional: {
      name: 'input',
      description: `${everyKind()}; several, or a folder of them, are compared one by one and together`,
      required: true,
      several: true,
    },
    settings: 'compare',
    usual: ['preset', 'strategies', 'backbone', 'steps', 'seed', 'seeds', 'device'],
    controls: {
      /** Folder to write to (default: runs/NAME-compare). */
      out: text({ default: undefined }),
      /** Write over what the folder given with --out holds already. */
      overwrite: toggle(false),
      /** Go on with the runs an interrupted comparison left in the folder. */
      resume: toggle(false),
      /** What the input is, where its name leaves that open. */
      kind: text({ default: undefined }),
      /** Configuration file (default: evos.config.* in this folder). */
      config: text({ default: undefined }),
    },
    examples: [
      ['evos compare photo.jpg', 'all four strategies; see runs/photo-compare/compare.html'],
      ['evos compare a.png --strategies full,evos', 'two strategies'],
      ['evos compare a.png --strategies full,uniform@ratio=0.1+steps=3000', 'settings of its own'],
      ['evos compare pictures/ --seeds 3', 'all pictures of a folder, each with three seeds'],
      ['evos compare pictures/ --preset evos-table1', 'Table 1 of the EVOS paper; goes on with --resume'],
      ['evos compare bunny.obj', 'the same for a mesh'],
      ['evos compare fox/ --strategies uniform,error-map,evos', 'ways of choosing the rays of a scene'],
    ],
    async run({ inputs, settings, controls }, context) {
      const { env, screen } = context;
      const found = await recogniseInputs(inputs, env.cwd, controls.kind);
      const { modality, files } = found;
      const { sections, plugins } = await loadConfig(controls.config, env.cwd);
      const merged = modality.settings.compare(
        { plugins },
        sections[modality.sections.compare] ?? {},
        settings,
      );
      const options = {
        ...merged,
        ...(controls.out !== undefined && { out: path.resolve(env.cwd, controls.out) }),
        overwrite: controls.overwrite === true,
        resume: controls.resume === true,
      };
      notes(found.notes, screen);
      const [input = '', ...others] = files;
      const single = others.length === 0 && merged.seeds === 1;
      const view = single
        ? new CompareView(context, modality, merged.strategies)
        : new CampaignView(context, modality, merged, files.length);
      const code =
        view instanceof CompareView
          ? await untilStopped(
              context,
              async (signal) =>
                (await env.recipes()).compareKind(modality.kind, { ...options, input, signal }),
              (event) => view.on(event),
            )
          : await untilStopped(
              context,
              async (signal) => {
                const name = found.name === undefined ? {} : { name: found.name };
                const places = { ...options, ...name, inputs: files, signal };
                return (await env.recipes()).compareAllKind(modality.kind, places);
              },
              (event) => view.on(event),
            );
      if (!view.finished && code !== undefined) screen.warn(wrap(view.stopped(), screen.noteColumns));
      // As of a fit that fails: what is missing is the user's to mend.
      return code ?? (view.failed ? BAD_INPUT : 0);
    },
  });

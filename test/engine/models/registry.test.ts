// The backbones by name, whatever they are: made with their defaults, made again from what they say of themselves, refused by
// name where they do not fit.
import { describe, expect, it } from 'vitest';
import {
  backbones,
  createField,
  createModel,
  findBackbone,
  rebuildModel,
  registerBackbone,
} from '../../../src/engine/models/index.js';
import { findDevice } from '../../../src/engine/devices/registry.js';
import { space } from '../radiance/support.js';

describe.each(backbones().map((backbone) => ({ name: backbone.name, backbone })))(
  'the backbone $name',
  ({ name, backbone }) => {
    if (backbone.needs.includes('lattice')) {
      it('is made for a grid, and made again from its kind and settings', () => {
        const model = createModel(name, { inputDim: 2, outputDim: 1, shape: [12, 20] });
        const again = rebuildModel(model.kind, model.settings);
        expect(again.settings).toEqual(model.settings);
        expect(again.parameters).toEqual(model.parameters);
      });

      it('is refused by name where there is no grid', () => {
        const message = `backbone ${name} needs samples that are all the points of a regular grid`;
        expect(() => createModel(name, { inputDim: 2, outputDim: 1 })).toThrow(message);
        expect(() => createField(name, space)).toThrow(message);
      });
      return;
    }

    if (backbone.needs.includes('file')) {
      it('is made by whoever has the file, and says so', () => {
        const message = `backbone ${name} is the network of a file: modelFromOnnx of evos/onnx makes it`;
        expect(() => createModel(name, { inputDim: 2, outputDim: 1 })).toThrow(message);
        expect(() => createField(name, space)).toThrow(message);
      });
      return;
    }

    it('is made with its defaults, and made again from its kind and settings', () => {
      const field = createField(name, space);
      expect(field.kind).toBe(name);
      const again = rebuildModel(field.kind, field.settings);
      expect(again.settings).toEqual(field.settings);
      expect(again.parameters).toEqual(field.parameters);
      if (backbone.create === undefined) {
        expect(() => createModel(name, { inputDim: 3, outputDim: 1 })).toThrow(`backbone ${name} needs rays`);
        return;
      }
      const model = createModel(name, { inputDim: 3, outputDim: 1 });
      expect(model.kind).toBe(name);
      expect(rebuildModel(model.kind, model.settings).parameters).toEqual(model.parameters);
    });

    it('says which of its settings is wrong', () => {
      expect(() => createField(name, space, { width: 0 })).toThrow(/width must be/);
      expect(() => createField(name, space, { heigth: 1 })).toThrow(`backbone ${name} has no setting`);
    });
  },
);

describe('the registries', () => {
  it('say what there is, and what was probably meant', () => {
    expect(() => findBackbone('sirne')).toThrow(/backbone must be one of siren, .* Did you mean siren\?/);
    expect(() => findDevice('web-gpu')).toThrow(/device must be one of cpu, .* Did you mean webgpu\?/);
  });

  it('take a new backbone, and refuse a name that is taken', () => {
    const [first] = backbones();
    expect(() => registerBackbone({ ...first!, summary: 'another' })).toThrow(
      /There is a backbone '.*' already/,
    );
    registerBackbone({ ...first!, name: 'toy' });
    expect(findBackbone('toy').summary).toBe(first!.summary);
  });

  it('refuse to make a model again that no setting can ask for', () => {
    const { kind, settings } = createModel('hash-grid', { inputDim: 3, outputDim: 1 });
    expect(() => rebuildModel(kind, { ...settings, featuresPerLevel: 4 })).toThrow(
      /featuresPerLevel is 4, which the backbone cannot be asked for/,
    );
    expect(() => rebuildModel(kind, { levels: 2 })).toThrow(/expected inputDim and outputDim, or a space/);
  });
});

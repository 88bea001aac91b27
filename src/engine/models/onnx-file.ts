// A network out of a file that somebody else has written, chosen by name. What it is the file says: it is imported where files are
// read, and nothing here makes it.
import { list, text } from '../../core/settings.js';
import { defineBackbone } from './backbone.js';

/** Networks of files by name; the same word is the kind of the models that are imported. */
export const onnxFileBackbone = defineBackbone({
  name: 'onnx-file',
  summary: 'the network of an ONNX file of your own, trained from the weights in it',
  settings: {
    /**
     * ONNX file of a network of your own, to train in place of a backbone.
     *
     * It takes coordinates from −1 to 1, `[n, 2]` for pictures (row, column) and `[n, 3]` for meshes, and gives a number for each
     * channel, or the distance. Its weights are what training starts from; the run's model.onnx is the file with trained ones.
     * docs/operators.md says what it may be made of. Default: none.
     */
    model: text({ path: true, default: undefined }),
    /** Names of tensors of that file that stay as they are. */
    freeze: list({ default: [] }),
    /** The input of that file that takes coordinates. Default: the only one. */
    modelInput: text({ default: undefined }),
    /** The output of that file that gives values. Default: the only one. */
    modelOutput: text({ default: undefined }),
  },
  needs: ['file'],
  namedBy: 'model',
  learningRate: 1e-4,
  adam: () => ({}),
});

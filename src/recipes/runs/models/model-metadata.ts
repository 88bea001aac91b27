// What model.onnx says of itself in `metadata_props`, whatever it models; values are strings, most of them JSON.
import type { CommonMetrics } from '../metrics.js';

/**
 * The entries of a run's model.
 * @param metrics the run's figures
 * @param use how the model is to be fed and its answers to be read
 * @param quality how good it is, in some of the run's figures
 */
export function modelMetadata(
  metrics: CommonMetrics & { readonly kind: string },
  use: Readonly<Record<string, string>>,
  quality: Readonly<Record<string, number | null>>,
): Record<string, string> {
  const { kind, version, model, settings, strategy } = metrics;
  const figures = Object.entries(quality).map(([name, value]) => [name, String(value)]);
  return {
    kind,
    format: '1',
    evos: version,
    model: JSON.stringify({ kind: model.kind, ...model.settings }),
    macs_per_sample: String(model.macsPerSample),
    ...(model.sharedMacsPerSample !== undefined && {
      macs_per_sample_shared: String(model.sharedMacsPerSample),
    }),
    ...use,
    training: JSON.stringify({ ...settings, strategy }),
    ...(Object.fromEntries(figures) as Record<string, string>),
  };
}

// The fields of transforms.json that tools write and that are not read here: told where they change what a scene is, passed
// over where they do not. The table is in docs/scenes.md.
import path from 'node:path';
import type { Fields } from './json-fields.js';
import { listed } from './scene-files.js';

/** Read by the other parts of this reader. */
const read = [
  ...[
    'frames',
    'file_path',
    'transform_matrix',
    'transform_matrix_start',
    'transform_matrix_end',
    'mask_path',
  ],
  ...['w', 'h', 'cx', 'cy', 'fl_x', 'fl_y', 'camera_angle_x', 'camera_angle_y', 'x_fov', 'y_fov'],
  ...['camera_model', 'camera_type', 'is_fisheye', 'distortion_params', 'k1', 'k2', 'k3', 'k4', 'p1', 'p2'],
  ...['latlong', 'equirectangular', 'orthographic', 'from_mitsuba', 'normal_mts_args'],
  ...['ftheta_p0', 'ftheta_p1', 'ftheta_p2', 'ftheta_p3', 'ftheta_p4'],
  ...['aabb', 'aabb_scale', 'scale', 'offset', 'up', 'white_transparent', 'black_transparent'],
  ...['train_filenames', 'val_filenames', 'test_filenames', 'rolling_shutter', 'n_frames'],
];

/** Nothing that is trained on, or where, depends on these. */
const passedOver = [
  // nerfstudio: how its poses came from the original ones, and what it made on the way.
  ...['applied_transform', 'applied_scale', 'orientation_override', 'ply_file_path', 'colmap_im_id'],
  // Of instant-ngp's window and training, and of its scripts.
  ...['render_aabb', 'render_aabb_to_local', 'importance_sampling', 'sharpness', 'enable_ray_loading'],
  ...['enable_depth_loading', 'integer_depth_scale', 'fix_premult'],
  // Of captures on phones, and of Blender's scripts.
  ...['timestamp', 'blur_score', 'rotation', 'nerf_scale', 'frame_count', 'fps', 'camera_id'],
];

/** What a scene loses where these are left out. */
const told: Readonly<Record<string, string>> = {
  depth_path: 'depth maps are not used',
  depth_file_path: 'depth maps are not used',
  sharpen: 'photographs are not sharpened',
  sharpness_discard_threshold: 'blurred photographs are kept',
  envmap: 'there is no environment map',
  n_extra_learnable_dims: 'photographs have no appearance of their own',
  driver_parameters: 'light is taken to be the same in all photographs',
  time: 'what moves is taken to stand still',
  times: 'what moves is taken to stand still',
  fisheye_crop_radius: 'the whole picture counts; mask what lies outside the circle',
};

/** One warning for each field that says something which is not used, and one for all that are not known. */
export function fieldWarnings(file: string, top: Fields, frames: readonly Fields[]): string[] {
  const name = path.basename(file);
  const used = new Set([top, ...frames].flatMap((fields) => fields.stated()));
  const unknown = [...used].filter(
    (field) => !read.includes(field) && !passedOver.includes(field) && !Object.hasOwn(told, field),
  );
  const lost = [...used].flatMap((field) =>
    Object.hasOwn(told, field) ? [`${name} has ${field}, which is left out: ${told[field]}`] : [],
  );
  if (unknown.length === 0) return lost;
  return [...lost, `${name} has fields that are not known here, and left out: ${listed(unknown)}`];
}

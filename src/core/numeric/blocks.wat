;; The loops of blocks.ts over a block of 4,096 keys, four keys at a time. block-simd.ts holds this file assembled:
;;   wat2wasm blocks.wat   (wabt 1.0)
;; Memory: at 0, for every mask of four lanes, the byte shuffle that moves the lanes chosen to the front; at 256 what
;; split finds besides its count; then the block's keys, what list lists, and what split keeps, each with room for the
;; lanes that a last write has too many.
(module
  (memory (export "memory") 1)

  ;; Lists base + place of the keys from low up; says how many.
  (func (export "list") (param $base i32) (param $low i32) (result i32)
    (local $from i32) (local $to i32) (local $mask i32) (local $lows v128) (local $indices v128)
    (local.set $lows (i32x4.splat (local.get $low)))
    (local.set $indices (i32x4.add (i32x4.splat (local.get $base)) (v128.const i32x4 0 1 2 3)))
    (local.set $from (i32.const 1024))
    (local.set $to (i32.const 17408))
    (loop $next
      (local.set $mask (i32x4.bitmask (i32x4.ge_u (v128.load (local.get $from)) (local.get $lows))))
      (v128.store
        (local.get $to)
        (i8x16.swizzle (local.get $indices) (v128.load (i32.shl (local.get $mask) (i32.const 4)))))
      (local.set $to (i32.add (local.get $to) (i32.shl (i32.popcnt (local.get $mask)) (i32.const 2))))
      (local.set $indices (i32x4.add (local.get $indices) (v128.const i32x4 4 4 4 4)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (i32.const 17408))))
    (i32.shr_u (i32.sub (local.get $to) (i32.const 17408)) (i32.const 2)))

  ;; Keeps the keys from low to high; says how many. At 256: how many are above; at 260: not 0 if a key is larger than
  ;; the bits of infinity.
  (func (export "split") (param $low i32) (param $high i32) (result i32)
    (local $from i32) (local $to i32) (local $mask i32)
    (local $lows v128) (local $highs v128) (local $keys v128) (local $over v128)
    (local $above v128) (local $beyond v128)
    (local.set $lows (i32x4.splat (local.get $low)))
    (local.set $highs (i32x4.splat (local.get $high)))
    (local.set $from (i32.const 1024))
    (local.set $to (i32.const 33824))
    (loop $next
      (local.set $keys (v128.load (local.get $from)))
      (local.set $over (i32x4.gt_u (local.get $keys) (local.get $highs)))
      ;; A comparison that holds is -1.
      (local.set $above (i32x4.sub (local.get $above) (local.get $over)))
      (local.set $beyond
        (v128.or
          (local.get $beyond)
          (i32x4.gt_u (local.get $keys) (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000))))
      (local.set $mask
        (i32x4.bitmask (v128.andnot (i32x4.ge_u (local.get $keys) (local.get $lows)) (local.get $over))))
      (v128.store
        (local.get $to)
        (i8x16.swizzle (local.get $keys) (v128.load (i32.shl (local.get $mask) (i32.const 4)))))
      (local.set $to (i32.add (local.get $to) (i32.shl (i32.popcnt (local.get $mask)) (i32.const 2))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (i32.const 17408))))
    (i32.store
      (i32.const 256)
      (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $above)) (i32x4.extract_lane 1 (local.get $above)))
        (i32.add (i32x4.extract_lane 2 (local.get $above)) (i32x4.extract_lane 3 (local.get $above)))))
    (i32.store (i32.const 260) (i32x4.bitmask (local.get $beyond)))
    (i32.shr_u (i32.sub (local.get $to) (i32.const 33824)) (i32.const 2)))

  ;; Turns bits into signed keys; not 0 if one is of a NaN.
  (func (export "sign") (result i32)
    (local $at i32) (local $bits v128) (local $size v128) (local $signs v128) (local $nan v128)
    (local.set $at (i32.const 1024))
    (loop $next
      (local.set $bits (v128.load (local.get $at)))
      (local.set $signs (i32x4.shr_s (local.get $bits) (i32.const 31)))
      (local.set $size
        (v128.and
          (local.get $bits)
          (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff)))
      (local.set $nan
        (v128.or
          (local.get $nan)
          (i32x4.gt_u (local.get $size) (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000))))
      (v128.store
        (local.get $at)
        (v128.xor
          (i32x4.sub (v128.xor (local.get $size) (local.get $signs)) (local.get $signs))
          (v128.const i32x4 0x80000000 0x80000000 0x80000000 0x80000000)))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 17408))))
    (i32x4.bitmask (local.get $nan))))

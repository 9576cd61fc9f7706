#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require

#ifdef LINEAR
#define PARAMS 4
#endif
#include "launch.glsl"

#ifdef LINEAR
layout(constant_id = 0) const uint Then = 0;
const uint Bias = First + 12 + 4 * 4;
#endif
layout(set = 0, binding = 0) readonly buffer Left { u64vec4 x[]; };
layout(set = 0, binding = 1) readonly buffer Right { u64vec4 y[]; };

#define X(i) x[i]
#define Y(i) y[i]
#include "direct.glsl"

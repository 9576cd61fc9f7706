#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require

// direct.comp for drivers that compile loads from addresses to loads, but go lane
// by lane through those from bound buffers.

#ifdef LINEAR
#define PARAMS 4
#else
#define PARAMS 3
#endif
#include "launch.glsl"

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Panels { u64vec4 v[]; };

const uint Addresses = First + 12 + 4 * 4; // of the panels
#ifdef LINEAR
layout(constant_id = 0) const uint Then = 0;
const uint Bias = Addresses + 4;
#endif
#define PANELS(i) Panels(uvec2(param(Addresses + i), param(Addresses + i + 1)))
#define X(i) left.v[i]
#define Y(i) right.v[i]
#define DECLARE Panels left = PANELS(0), right = PANELS(2);
#include "direct.glsl"

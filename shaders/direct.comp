#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require

#include "launch.glsl"

layout(set = 0, binding = 0) readonly buffer Left { u64vec4 x[]; };
layout(set = 0, binding = 1) readonly buffer Right { u64vec4 y[]; };

#define X(i) x[i]
#define Y(i) y[i]
#include "direct.glsl"

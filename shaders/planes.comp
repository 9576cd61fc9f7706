#version 450
#extension GL_GOOGLE_include_directive : require

// Normalisation of channels of [images, channels, pixels], or with Back what it
// passes back, from the sums of channels.comp. A workgroup sees to one channel
// of one image; those of the first image write what there is one of for each
// channel: mean and variance, or the gradients of weight and bias.

#include "launch.glsl"
#include "element.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint Group = 64;
layout(constant_id = 2) const uint Type = BFloat16; // with HALVES
layout(constant_id = 3) const bool Back = false;
layout(constant_id = 4) const uint Affine = 2; // 1: there is a weight, 2: and a bias

#include "team.glsl"
#include "fours.glsl"

READ(x, 0)
READ(g, 1)
layout(set = 0, binding = 2) readonly buffer Parts { vec2 part[]; };
layout(set = 0, binding = 3) readonly buffer Weight { uint weight[]; };
layout(set = 0, binding = 4) readonly buffer Bias { uint bias[]; };
layout(set = 0, binding = 5) readonly buffer Means { float means[]; };         // of Back
layout(set = 0, binding = 6) readonly buffer Variances { float variances[]; }; // of Back
WRITE(y, 7)
layout(set = 0, binding = 8) writeonly buffer First_ { float first[]; };   // mean, or the weight's gradient
layout(set = 0, binding = 9) writeonly buffer Second { float second[]; }; // variance, or the bias's

void main() {
	uint row = group();
	if (row * Group >= param(Count)) return;
	uint images = param(First), channels = param(First + 1), n = param(First + 2), parts = param(First + 3), each = param(First + 4);
	uint begin = row * n, channel = row % channels;
	uint ofX = param(First + 5) + begin, ofG = param(First + 6) + begin, to = param(First + 11) + begin;
	float epsilon = uintBitsToFloat(param(First + 14)), all = float(images) * float(n);
	float w = 1, b = 0;
	if (Affine > 0) { uint i = param(First + 7) + channel; w = value(Type, weight[word(Type, i)], i); }
	if (Affine > 1) { uint i = param(First + 8) + channel; b = value(Type, bias[word(Type, i)], i); }

	float m = 0, v = 0;
	vec2 sum = vec2(0);
	for (uint i = 0; i < parts; i++) {
		vec2 p = part[channel * parts + i];
		float share = float(min(each, images - i * each)) * float(n);
		sum += Back ? p : vec2(p.x * share, p.y);
	}
	if (Back) {
		m = means[param(First + 9) + channel];
		v = variances[param(First + 10) + channel];
	} else {
		m = sum.x / all;
		for (uint i = 0; i < parts; i++) {
			float away = part[channel * parts + i].x - m;
			sum.y += float(min(each, images - i * each)) * float(n) * away * away;
		}
		v = sum.y / all;
	}
	float r = 1 / sqrt(v + epsilon);
	if (row < channels && lane == 0) {
		first[param(First + 12) + channel] = Back ? sum.y * r : m;
		second[param(First + 13) + channel] = Back ? sum.x : v;
	}
	if (Back) {
		sum /= all;
		sum.y *= r * r;
		EACH(n, y(to, at, n, r * w * (g(ofG, at, n, 0) - sum.x - (x(ofX, at, n, 0) - m) * sum.y));)
	} else {
		EACH(n, y(to, at, n, (x(ofX, at, n, 0) - m) * r * w + b);)
	}
}

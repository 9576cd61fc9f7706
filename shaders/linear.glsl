// What follows a product that is an affine map: the bias of its columns, and an
// activation. Bias is the parameter that says where the bias begins.

#include "zz_activation.glsl"

layout(set = 0, binding = 3) readonly buffer Bias_ { float bias[]; };

// finished returns the activation of a sum; the numbers are op.Epilogue's.
float finished(float x) {
	if (Then == 1) return relu(x);
	if (Then == 2) return gelu(x);
	if (Then == 3) return gelutanh(x);
	return x;
}

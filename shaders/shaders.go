// Package shaders holds the compute kernels that are written in GLSL, compiled
// to SPIR-V. Sizes of tiles and the like are specialization constants.
package shaders

import "embed"

//go:generate go run ../internal/activationgen glsl zz_activation.glsl
//go:generate sh generate.sh

// FS has a module NAME.spv for each NAME.comp and NAME.coop, and NAME16.spv for elements of 16
// bits where that is compiled again with HALVES, and NAMElinear.spv with LINEAR.
//
//go:embed *.spv
var FS embed.FS

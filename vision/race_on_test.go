//go:build race

package vision_test

// race tells whether the race detector is on.
const race = true

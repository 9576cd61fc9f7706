//go:build race

package tensor_test

const raceEnabled = true // sync.Pool forgets at random

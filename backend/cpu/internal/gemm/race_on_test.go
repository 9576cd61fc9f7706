//go:build race

package gemm

// With the race detector the tests are a hundred times slower, and sync.Pool drops things at random.
const raceDetector = true

package vision

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"testing"
)

// The images are the same on every machine and for ever: results measured with
// them stay comparable.
func TestDigitsAreTheSame(t *testing.T) {
	m := Digits(100, 1)
	sum := sha256.Sum256(append(m.Pixels, m.Labels...))
	if got, want := hex.EncodeToString(sum[:8]), "46410bf8bda685ec"; got != want {
		t.Errorf("images have the hash %s, want %s", got, want)
	}
	more := Digits(137, 1)
	if !bytes.Equal(more.Pixels[:100*side*side], Digits(100, 1).Pixels) || !bytes.Equal(more.Labels[:100], m.Labels) {
		t.Error("more images begin with others")
	}
	if bytes.Equal(Digits(1, 2).Pixels, m.Pixels[:side*side]) {
		t.Error("another seed gives the same image")
	}
}

func TestDigitsAreBalanced(t *testing.T) {
	for n, want := range map[int][2]int{0: {0, 0}, 1: {0, 1}, 500: {50, 50}, 503: {50, 51}} {
		m := Digits(n, 3)
		var count [10]int
		for _, l := range m.Labels {
			count[l]++
		}
		for digit, c := range count {
			if c < want[0] || c > want[1] {
				t.Errorf("of %d images %d show %d, want %d to %d", n, c, digit, want[0], want[1])
			}
		}
		if m.Len() != n {
			t.Errorf("%d images, want %d", m.Len(), n)
		}
	}
}

func TestDigitsStatistics(t *testing.T) {
	m := Digits(20000, 0)
	var sum, squares float64
	for _, p := range m.Pixels {
		x := float64(p) / 255
		sum += x
		squares += x * x
	}
	n := float64(len(m.Pixels))
	mean := sum / n
	std := math.Sqrt(squares/n - mean*mean)
	if math.Abs(mean-digitsMean) > 0.001 || math.Abs(std-digitsStd) > 0.001 {
		t.Errorf("mean %.4f and deviation %.4f, want %v and %v", mean, std, digitsMean, digitsStd)
	}
}

func TestRasterArea(t *testing.T) {
	for _, c := range []struct {
		name    string
		polygon []int32
		want    int // area in 1/65536 pixels
	}{
		{"one pixel", []int32{256, 256, 512, 256, 512, 512, 256, 512}, 65536},
		{"other way round", []int32{256, 256, 256, 512, 512, 512, 512, 256}, 65536},
		{"within a pixel", []int32{300, 300, 400, 300, 400, 400, 300, 400}, 10000},
		{"triangle", []int32{0, 0, 1024, 0, 0, 1024}, 524288},
		{"flat", []int32{0, 0, 1024, 0}, 0},
		{"cut at the left", []int32{-512, 0, 256, 0, 256, 256, -512, 256}, 65536},
		{"cut at the right", []int32{7 * 256, 0, 4000, 0, 4000, 256, 7 * 256, 256}, 65536},
		{"cut above and below", []int32{0, -999, 256, -999, 256, 9999, 0, 9999}, 8 * 65536},
		{"all beyond the right", []int32{3000, 0, 4000, 100, 3500, 900}, 0},
		{"all beyond the left", []int32{-3000, 0, -4000, 100, -3500, 900}, 0},
		{"slanted across the right border", []int32{7 * 256, 0, 9 * 256, 0, 7 * 256, 512}, 98304},
	} {
		r := newRaster(8, 8)
		r.polygon(c.polygon)
		got := 0
		for y := range 8 {
			sum := 0
			for _, a := range r.acc[y*9 : y*9+8] {
				sum += int(a)
				got += sum
			}
		}
		if got = max(got, -got); got < c.want-40 || got > c.want+40 { // rounding of each span
			t.Errorf("%s: area %d, want %d", c.name, got, c.want)
		}
	}
}

func BenchmarkDigits(b *testing.B) {
	const n = 1000
	for b.Loop() {
		Digits(n, 1)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/n, "us/image")
}

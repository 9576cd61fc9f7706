package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/internal/recorded"
)

// What PyTorch 1.13 makes of the same weights and recording, its own layers applied
// in the order of Silero's published model: every hundredth probability and the
// mean of all.
var (
	everyHundredth = []float64{0.450713, 0.999892, 0.999965, 0.997608, 0.999824, 0.048708, 0.99914, 0.999901, 0.999993, 0.998345,
		0.999931, 0.999549, 0.99939, 0.999917, 0.021964, 0.021351, 0.992703, 0.049491, 0.999741}
	meanOfAll = 0.786816
)

// TestProbabilities compares a minute of speech with PyTorch. The probabilities
// that lie beside the weights are of another version of them: PyTorch too differs
// from them by up to 0.45 (0.0002 in the median) with these weights, and
// agrees with them about 1,861 of 1,875 chunks, as must be here.
func TestProbabilities(t *testing.T) {
	b, err := os.ReadFile(recorded.Data(t, "models/silero-vad/vad_probs.json"))
	if err != nil {
		t.Fatal(err)
	}
	var other []float64
	if err := json.Unmarshal(b, &other); err != nil {
		t.Fatal(err)
	}
	got, err := probabilities(recorded.Data(t, "models/silero-vad/silero_vad_16k.safetensors"), recorded.Data(t, "models/silero-vad/test.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(other) {
		t.Fatalf("%d chunks, want %d", len(got), len(other))
	}
	worst, mean, agree := 0.0, 0.0, 0
	for i, p := range got {
		mean += p / float64(len(got))
		if i%100 == 0 {
			worst = max(worst, math.Abs(p-everyHundredth[i/100]))
		}
		if (p > 0.5) == (other[i] > 0.5) {
			agree++
		}
	}
	t.Logf("%d probabilities, largest difference from PyTorch %.2g, of the mean %.2g; %d agree with the other version", len(got), worst, math.Abs(mean-meanOfAll), agree)
	// float32 through an LSTM of 1,875 steps; PyTorch's were given to six places.
	if !(worst <= 1e-5) || !(math.Abs(mean-meanOfAll) <= 2e-6) || agree != 1861 {
		t.Errorf("largest difference %v, mean %v, %d agree; want 1e-5, %v, 1861", worst, mean, agree, meanOfAll)
	}
}

func TestSpeech(t *testing.T) {
	got := speech([]float64{0.1, 0.6, 0.4, 0.9, 0.2, 0.4, 0.7})
	if len(got) != 2 || got[0] != [2]int{1, 4} || got[1] != [2]int{6, 7} {
		t.Errorf("got %v", got)
	}
}

func FuzzReadWAV(f *testing.F) {
	head := "RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x04\x00\x00\x00"
	f.Add([]byte(head + "\x00\x40\x00\xc0"))
	f.Add([]byte(strings.Replace(head, "\x04", "\xff", 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		name := filepath.Join(t.TempDir(), "a.wav")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		samples, err := readWAV(name)
		if err == nil && len(samples) > len(b)/2 {
			t.Errorf("%d samples of %d bytes", len(samples), len(b))
		}
	})
}

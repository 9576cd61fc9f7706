// Silero finds speech in a recording: Silero VAD (MIT) assembled of Hekla's layers
// and loaded with its published weights.
//
//	go run ./examples/silero silero_vad_16k.safetensors recording.wav
//
// The recording is a WAV file of 16-bit samples, one channel, 16 kHz.
package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/hekla-ml/hekla/checkpoint"
	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: silero weights.safetensors recording.wav")
		os.Exit(2)
	}
	p, err := probabilities(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "silero:", err)
		os.Exit(1)
	}
	for _, s := range speech(p) {
		fmt.Printf("%7.2f s to %7.2f s\n", float64(s[0]*chunk)/rate, float64(s[1]*chunk)/rate)
	}
}

// probabilities returns the probability of speech in each chunk of a recording.
func probabilities(weights, wav string) (p []float64, err error) {
	state, err := checkpoint.Load(tensor.CPU(), weights)
	if err != nil {
		return nil, err
	}
	samples, err := readWAV(wav)
	if err != nil {
		return nil, err
	}
	vad := NewVAD(nn.Blank(tensor.CPU(), dtype.Float32))
	if err := nn.LoadStateDict(vad, state, true); err != nil {
		return nil, err
	}
	tensor.Scope(func(s *tensor.Arena) { p = vad.Forward(s.Own(chunks(samples)).NoGrad()).Float64s() })
	return p, nil
}

// speech returns where speech begins and ends, in chunks: it begins above 0.5 and
// ends below 0.35, so that it does not flicker.
func speech(p []float64) (all [][2]int) {
	begin := -1
	for i, x := range p {
		switch {
		case begin < 0 && x > 0.5:
			begin = i
		case begin >= 0 && x < 0.35:
			all = append(all, [2]int{begin, i})
			begin = -1
		}
	}
	if begin >= 0 {
		all = append(all, [2]int{begin, len(p)})
	}
	return all
}

// readWAV returns the samples of a recording as numbers from -1 to 1.
func readWAV(name string) ([]float32, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, fmt.Errorf("%s is no WAV file", name)
	}
	known := false
	for b = b[12:]; len(b) >= 8; {
		id, n := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		body := b[8:]
		if n > len(body) {
			return nil, fmt.Errorf("%s: part %q ends after %d of %d bytes", name, id, len(body), n)
		}
		switch {
		case id == "fmt " && n >= 16:
			format, channels := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
			hz, bits := binary.LittleEndian.Uint32(body[4:]), binary.LittleEndian.Uint16(body[14:])
			if format != 1 || channels != 1 || hz != rate || bits != 16 {
				return nil, fmt.Errorf("%s: format %d, %d channels, %d Hz, %d bits: want 1, 1, %d, 16", name, format, channels, hz, bits, rate)
			}
			known = true
		case id == "data" && known:
			samples := make([]float32, n/2)
			for i := range samples {
				samples[i] = float32(int16(binary.LittleEndian.Uint16(body[2*i:]))) / 32768
			}
			return samples, nil
		}
		b = body[min(n+n%2, len(body)):]
	}
	return nil, fmt.Errorf("%s has no samples", name)
}

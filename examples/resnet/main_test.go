package main

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/hekla-ml/hekla/dtype"
	"github.com/hekla-ml/hekla/nn"
	"github.com/hekla-ml/hekla/tensor"
)

// The ResNet of 20 layers has 0.27 million parameters (He et al. 2015, table 6);
// with projections for shortcuts, as here, 272,474.
func TestSize(t *testing.T) {
	net := resNet(nn.On(tensor.CPU(), dtype.Float32, 1), 3, 10, 3, 16)
	if n := nn.NumParameters(net); n != 272474 {
		t.Errorf("%d parameters, want 272474", n)
	}
}

// A tiny net learns two colours from a folder of images; a run goes on where it
// was interrupted.
func TestFolderAndRun(t *testing.T) {
	dir := t.TempDir()
	for _, part := range []string{"train", "test"} {
		for class, c := range map[string]color.Color{"red": color.NRGBA{220, 30, 30, 255}, "blue": color.NRGBA{30, 30, 220, 255}} {
			for i := range 12 {
				m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
				for k := range 32 * 32 {
					if (k*7+i*13)%5 > 0 {
						m.Set(k%32, k/32, c)
					}
				}
				path := filepath.Join(dir, part, class, string(rune('a'+i))+".png")
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				w, err := os.Create(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(w, m); err != nil {
					t.Fatal(err)
				}
				w.Close()
			}
		}
	}
	o := options{data: dir, run: filepath.Join(t.TempDir(), "run"), epochs: 4, batch: 4, blocks: 1, width: 2, rate: 0.02}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := o.train(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if got, err := o.train(context.Background()); err != nil || got < 0.9 {
		t.Errorf("accuracy %v, %v", got, err)
	}
}

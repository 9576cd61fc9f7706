package main

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hekla-ml/hekla/backend"
	"github.com/hekla-ml/hekla/tensor"
)

// faulty is a driver whose device is lost at some call, or refuses one. Until a
// test wants it, it has no device.
type faulty struct {
	plan atomic.Pointer[backend.FaultPlan]
}

var (
	faultyDriver = &faulty{}
	cpuUnder     backend.Device
)

func init() { backend.Register("faulty", faultyDriver) }

func (f *faulty) List() ([]backend.Info, []backend.Skipped) {
	if f.plan.Load() == nil {
		return nil, nil
	}
	return []backend.Info{{Name: "faulty:0", Model: "A device that fails", Kind: backend.Software}}, nil
}

func (f *faulty) Open(backend.Info) (backend.Device, error) {
	return named{backend.Fault(kept{cpuUnder}, *f.plan.Load())}, nil
}

// kept stays open: the CPU is everybody's.
type kept struct{ backend.Device }

func (kept) Close() error             { return nil }
func (k kept) Unwrap() backend.Device { return k.Device }

// named has the name it was opened by.
type named struct{ *backend.Faulty }

func (n named) Info() backend.Info {
	i := n.Faulty.Info()
	i.Name = "faulty:0"
	return i
}

func failing(t *testing.T, plan backend.FaultPlan) {
	cpuUnder = tensor.CPU() // before: the registry is locked while a driver opens a device
	faultyDriver.plan.Store(&plan)
	t.Cleanup(func() {
		if d, err := backend.Open("faulty"); err == nil {
			d.Close() // so that the next test opens another
		}
		faultyDriver.plan.Store(nil)
	})
}

// A device that fails in the middle: what was measured by then is printed, the
// message says what failed, and other devices go on.
func TestDeviceLostMidRun(t *testing.T) {
	failing(t, backend.FaultPlan{LostRun: 20})
	out, _, err := bench(t, "op", "-device", "faulty,cpu", "-time", "1ms", "-run", "^(add|exp|sum|gelu)/f32/1M$", "-named", "-hot", "-format", "json")
	if !errors.Is(err, backend.ErrDeviceLost) || !strings.Contains(err.Error(), "on faulty:0:") {
		t.Errorf("error %v, want a lost device", err)
	}
	done, broken, other := 0, 0, 0
	for _, r := range lines(t, out) {
		switch {
		case r["device"] == "cpu:0" && r["median_ms"] != nil:
			other++
		case r["error"] != nil && r["median_ms"] == nil:
			broken++
		case r["median_ms"].(float64) > 0:
			done++
		}
	}
	if done < 1 || broken != 1 || other != 4 {
		t.Errorf("%d cases before the loss, %d failed, %d on the CPU: want some, one and 4; nothing after the loss\n%s", done, broken, other, out)
	}
	if exitCode(err, &strings.Builder{}) != 1 {
		t.Error("the exit status is not 1")
	}
}

// One call that fails costs one case.
func TestCallFailsMidRun(t *testing.T) {
	failing(t, backend.FaultPlan{Run: map[int]error{4: errors.New("out of luck")}})
	out, _, err := bench(t, "op", "-device", "faulty", "-time", "1ms", "-run", "^(add|exp|sum)/f32/1M$", "-named", "-hot")
	if err == nil || !strings.Contains(err.Error(), "add/f32/1M on faulty:0") || !strings.Contains(err.Error(), "out of luck") {
		t.Errorf("error %v, want the case and the cause", err)
	}
	if !strings.Contains(out, "FAILED") || !strings.Contains(out, "sum/f32/1M") {
		t.Errorf("table:\n%s\nwant the failure and what came after", out)
	}
}

func TestTrainingFailsMidRun(t *testing.T) {
	failing(t, backend.FaultPlan{LostRun: 6000})
	out, _, err := bench(t, "train", "-device", "faulty", "-model", "digits", "-samples", "1280", "-batch", "64", "-epochs", "50", "-format", "json")
	if !errors.Is(err, backend.ErrDeviceLost) || !strings.Contains(err.Error(), "digits on faulty:0") {
		t.Errorf("error %v, want a lost device", err)
	}
	all := lines(t, out)
	last := all[len(all)-1]
	if last["error"] == nil || last["epochs"].(float64) < 1 || last["final_loss"] == nil || last["test_accuracy"] != nil {
		t.Errorf("last record %v, want the epochs until then, and no accuracy", last)
	}
}

package backend

import (
	"fmt"
	"sync"
)

// A FaultPlan says what a device made by Fault should fail at. Calls are
// counted from 1, each kind by itself.
type FaultPlan struct {
	Alloc, Run, Upload, Download, Sync map[int]error // the nth call fails with this

	Memory  int64 // bytes that fit in; 0 is no limit
	LostRun int   // the Run at which the device is lost; 0 is never
}

// Fault returns d with failures injected, to see what the program around it
// makes of them.
func Fault(d Device, plan FaultPlan) *Faulty { return &Faulty{dev: d, plan: plan} }

// A Faulty is a device that fails as planned.
type Faulty struct {
	dev  Device
	plan FaultPlan

	mu                                 sync.Mutex
	allocs, runs, uploads, loads, sync int
	inUse                              int64
	lost                               bool
}

// Lose loses the device: all it does from now on fails with ErrDeviceLost,
// until it is closed.
func (f *Faulty) Lose() {
	f.mu.Lock()
	f.lost = true
	f.mu.Unlock()
}

func (f *Faulty) Info() Info     { return f.dev.Info() }
func (f *Faulty) Unwrap() Device { return f.dev }
func (f *Faulty) Close() error   { return f.dev.Close() }

// step counts a call and returns the error it is to fail with. f.mu is held.
func (f *Faulty) step(what string, n *int, plan map[int]error) error {
	*n++
	err := plan[*n]
	if f.lost {
		err = ErrDeviceLost
	}
	if err != nil {
		return fmt.Errorf("backend: %s: %s %d: injected: %w", f.dev.Info().Name, what, *n, err)
	}
	return nil
}

func (f *Faulty) locked(what string, n *int, plan map[int]error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.step(what, n, plan)
}

func (f *Faulty) Alloc(bytes int64) (Buffer, error) {
	if err := f.reserve(bytes); err != nil {
		return nil, err
	}
	b, err := f.dev.Alloc(bytes)
	if err != nil {
		f.release(bytes)
		return nil, err
	}
	return track(b, func(inner Buffer) { f.release(bytes); inner.Free() }), nil
}

func (f *Faulty) reserve(bytes int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step("alloc", &f.allocs, f.plan.Alloc); err != nil {
		return err
	}
	if m := f.plan.Memory; m > 0 && f.inUse+bytes > m {
		return &MemoryError{Device: f.dev.Info().Name, Requested: bytes, InUse: f.inUse, Limit: m}
	}
	f.inUse += bytes
	return nil
}

func (f *Faulty) release(bytes int64) {
	f.mu.Lock()
	f.inUse -= bytes
	f.mu.Unlock()
}

func (f *Faulty) Run(c *Call) error {
	f.mu.Lock()
	if f.runs+1 == f.plan.LostRun {
		f.lost = true
	}
	err := f.step("run", &f.runs, f.plan.Run)
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return runUntracked(f.dev, c)
}

func (f *Faulty) Upload(dst Buffer, off int64, src []byte) error {
	if err := f.locked("upload", &f.uploads, f.plan.Upload); err != nil {
		return err
	}
	return f.dev.Upload(untrack(dst), off, src)
}

func (f *Faulty) Download(dst []byte, src Buffer, off int64) error {
	if err := f.locked("download", &f.loads, f.plan.Download); err != nil {
		return err
	}
	return f.dev.Download(dst, untrack(src), off)
}

func (f *Faulty) Sync() error {
	if err := f.locked("sync", &f.sync, f.plan.Sync); err != nil {
		return err
	}
	return f.dev.Sync()
}

package main

import (
	"context"
	"errors"
	"flag"

	"github.com/hekla-ml/hekla/backend"
)

// quickTour lists the devices, checks and times a little on each, and trains a
// small CNN on the embedded digits, so that one sees at a glance what works.
func quickTour(f *flag.FlagSet) action {
	suite := f.String("suite", "", "run the bench commands in this `FILE` instead, one a line")
	return func(ctx context.Context, _ []string, out *output) error {
		if *suite != "" {
			return runSuite(ctx, *suite, out)
		}
		infos, skipped := backend.List() // once: it starts every driver
		if err := listDevices(infos, skipped, out); err != nil {
			return err
		}
		out.Printf("\n")
		s := newSurvey(infos, skipped)
		s.look(ctx, tourEffort(), infos, out)
		if err := out.Record(s); err != nil {
			return err
		}
		out.Printf("\n")
		if err := out.Table(s.table()); err != nil {
			return err
		}
		s.hints(infos, out)
		return errors.Join(append(s.errs, ctx.Err())...)
	}
}

func newSurvey(infos []backend.Info, skipped []backend.Skipped) *survey {
	return &survey{Devices: deviceRecords(infos, nil), Skipped: deviceRecords(nil, skipped),
		Conformance: []conformRecord{}, Benchmarks: []opRecord{}, Training: []trainRecord{}}
}

// hints says what to do next.
func (s *survey) hints(infos []backend.Info, out *output) {
	out.Printf("\n")
	gpu := false
	for _, d := range infos {
		gpu = gpu || d.Kind > backend.CPU
		if d.Kind == backend.Software {
			out.Printf("%s is a software driver, good for tests and not for speed; programs use it only when it is named.\n", d.Name)
		} else if d.Experimental {
			out.Printf("%s is experimental: programs use it only when it is named, HEKLA_DEVICE=%s.\n", d.Name, d.Name)
		}
	}
	if !gpu {
		out.Printf("No GPU was found%s.\n", map[bool]string{true: "; why drivers were skipped is said above", false: ""}[len(s.Skipped) > 0])
	}
	if noisy := s.noisy(); noisy > 0 {
		out.Printf("%d of %d times were noisy: on a quiet machine they may be better.\n", noisy, len(s.Benchmarks))
	}
	if d, err := backend.Default(); err == nil {
		out.Printf("Programs that name no device use %s.\n", d.Info().Name)
	}
	out.Printf("Next: bench op (all times), bench conform (all checks), bench profile, bench report -o report.html; bench -h lists more.\n")
}

func (s *survey) noisy() (n int) {
	for _, b := range s.Benchmarks {
		if b.Warning != "" {
			n++
		}
	}
	return n
}

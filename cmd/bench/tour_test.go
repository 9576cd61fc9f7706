package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hekla-ml/hekla/backend"
)

// deviceNames returns the devices that this machine has.
func deviceNames(t *testing.T) []string {
	t.Helper()
	infos, _ := backend.List()
	var l []string
	for _, d := range infos {
		l = append(l, d.Name)
	}
	return l
}

// The tour is one JSON document: each device once, nothing wrong with it, and a
// model that it trained knows the digits.
func TestTour(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute for each device")
	}
	out, _, err := bench(t, "-format", "json")
	if err != nil {
		t.Fatal(err)
	}
	var s survey
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	names := deviceNames(t)
	if len(s.Devices) != len(names) || len(s.Conformance) != len(names) || len(s.Training) != len(names) || len(s.Errors) > 0 {
		t.Fatalf("%d devices, %d checked, %d trained on, errors %v; want each of %v", len(s.Devices), len(s.Conformance), len(s.Training), s.Errors, names)
	}
	for i, name := range names {
		if s.Devices[i].Device != name {
			t.Errorf("device %d is %s, want %s", i, s.Devices[i].Device, name)
		}
		if c := s.Conformance[i]; c.Failed > 0 || c.Passed == 0 {
			t.Errorf("%s: %+v", name, c)
		}
		if r := s.Training[i]; r.TestAccuracy == nil || *r.TestAccuracy < 0.97 || r.Rate <= 0 {
			t.Errorf("%s: %s", name, out)
		}
	}
	for _, b := range s.Benchmarks {
		if b.Timing == nil || b.Median <= 0 || b.Machine.Model == "" || b.Machine.Go == "" {
			t.Errorf("a time without a figure or without facts: %+v", b)
		}
	}
}

// Of a training step at least 95 % of the wall time is accounted for, and most of
// it not as the host's.
func TestProfileAccounts(t *testing.T) {
	for _, name := range deviceNames(t) {
		out, _, err := bench(t, "profile", "-device", name, "-steps", "2", "-format", "json")
		if err != nil {
			t.Fatal(err)
		}
		r := lines(t, out)[0]
		host, sum := 0.0, 0.0
		for _, s := range r["shares"].([]any) {
			s := s.(map[string]any)
			sum += s["part"].(float64)
			if strings.HasPrefix(s["name"].(string), "host in ") {
				host += s["part"].(float64)
			}
		}
		if r["accounted"].(float64) < 0.95 || host > 0.5 || sum < 0.999 || sum > 1.001 {
			t.Errorf("%s: %.1f %% accounted for, %.1f %% by the host: %v", name, 100*r["accounted"].(float64), 100*host, r["shares"])
		}
		if len(r["ops"].([]any)) < 10 || len(r["ranges"].([]any)) < 4 {
			t.Errorf("%s: ops %v, ranges %v", name, r["ops"], r["ranges"])
		}
	}
}

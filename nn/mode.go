package nn

// Mode is embedded by modules that behave differently in training. A new one is
// in training.
type Mode struct{ eval bool }

// SetTraining switches between training and evaluation.
func (m *Mode) SetTraining(on bool) { m.eval = !on }

// Training reports whether the module is in training.
func (m *Mode) Training() bool { return !m.eval }

// Train puts a module and all modules inside it into training.
func Train(m any) { setTraining(m, true) }

// Eval puts a module and all modules inside it into evaluation: no dropout, and
// running statistics instead of a batch's own.
func Eval(m any) { setTraining(m, false) }

func setTraining(m any, on bool) {
	tree(m).walk(func(n *node) bool {
		for _, x := range append([]any{n.value}, n.inlined...) {
			if s, ok := x.(interface{ SetTraining(on bool) }); ok {
				s.SetTraining(on)
			}
		}
		return true
	})
}

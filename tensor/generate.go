package tensor

//go:generate go run ../internal/opgen -o zz_methods.go

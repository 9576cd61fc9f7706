package main

func generateVec(dir string) error { return nil }

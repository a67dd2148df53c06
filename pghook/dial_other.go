//go:build !linux

package pghook

import "time"

const hasUserTimeout = false

func setUserTimeout(uintptr, time.Duration) error { return nil }

// Interleaved rounds: every contender has a turn in each round, so that what disturbs the machine
// disturbs all of them.
package main

import (
	"math"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	repeat = 2000
	tries  = 6
	warmUp = 20
)

type contender struct {
	name string
	call func()
}

// measure gives for each name the nanoseconds of a call, one number for each round.
func measure(contenders []contender) map[string][]float64 {
	rounds, err := strconv.Atoi(os.Getenv("BENCH_ROUNDS"))
	if err != nil || rounds < 1 {
		rounds = 100
	}
	times := map[string][]float64{}
	for round := -warmUp; round < rounds; round++ {
		for turn := range contenders {
			one := contenders[(turn+round+warmUp)%len(contenders)]
			took := turnOf(one.call)
			if round >= 0 {
				times[one.name] = append(times[one.name], took)
			}
		}
	}
	return times
}

// turnOf repeats a turn in which the kernel gave the processor to another program, a few times at
// most.
func turnOf(call func()) float64 {
	least := math.Inf(1)
	for range tries {
		before := disturbances()
		began := time.Now()
		for range repeat {
			call()
		}
		least = min(least, float64(time.Since(began).Nanoseconds())/repeat)
		if disturbances() == before {
			break
		}
	}
	return least
}

func disturbances() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return int64(usage.Nivcsw)
}

// Package media holds the unit every audio machine below it passes on: the
// Frame. One folder per machine follows: rtp, jitter, relay, tap, mix and so on.
//
// Nothing here may wait for a model, a disk, a database or a lock: the packet
// path of a live call runs through these packages.
package media

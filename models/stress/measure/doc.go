// Package measure holds the yardsticks of voice stress: the material, what a
// telephone does to it, and the figures that issue and README promise, side by
// side with Praat where it is installed.
//
// It exists so that "sidetone bench stress" and the tests count alike. It must
// never be imported by the estimator, and nothing may be fitted on what it
// reads.
package measure

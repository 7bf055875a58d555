// Package sim plays customers: people with a mood, facts and a goal who ring a
// trainee's phone, speak, listen, react to what is meant rather than to exact
// words, and hang up when they have what they came for or have had enough.
//
// It exists for training and recruiting, and because the same customers are the
// source of repeatable end-to-end tests. Policy (customer.go) is pure and seeded:
// two trainees who say the same meet the same customer. It must never know
// anything of the gateway's inside: it rings like any phone.
package sim

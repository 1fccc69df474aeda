#!/bin/sh
printf '%s\n' nightly

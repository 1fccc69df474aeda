#!/bin/sh
exec run nightly

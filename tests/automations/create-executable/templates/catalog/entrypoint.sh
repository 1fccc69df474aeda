#!/bin/sh
exec run {{ context.name }}

"""What programs send to sign in, and what they are given."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.tokens.families import LONGEST_DEVICE


class SignInInput(serializers.Serializer[Any]):
    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1_000, trim_whitespace=False)
    code = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="From the authenticator app, or a recovery code; if a second step is set up.",
    )
    organization = serializers.CharField(
        max_length=40, help_text="The organization's code: what stands after /o/ in its address."
    )
    device = serializers.CharField(
        max_length=LONGEST_DEVICE,
        required=False,
        allow_blank=True,
        help_text="Shown to you among your signed-in devices, such as: ground station laptop.",
    )


class RefreshTokenInput(serializers.Serializer[Any]):
    refresh_token = serializers.CharField(max_length=200)


class OrganizationOfTokens(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    role = serializers.CharField(help_text="Yours there.")


class TokenPairSerializer(serializers.Serializer[Any]):
    """Send the access token as ``Authorization: Bearer``; keep the refresh token secret."""

    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds the access token is good for.")
    refresh_token = serializers.CharField(help_text="Good for one renewal.")
    refresh_expires_in = serializers.IntegerField(
        help_text="Seconds within which it must be renewed."
    )
    organization = OrganizationOfTokens()

"""How the six languages say numbers, scales and months without digits. A trailing * marks a stem."""

from __future__ import annotations

from collections.abc import Mapping


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Lines of `value: form form …`; _ stands for a space."""
    rows = (line.split(":", 1) for line in text.strip().splitlines())
    return {value.strip(): tuple(form.replace("_", " ") for form in forms.split()) for value, forms in rows}


SPELLED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": _table("""
        0: zero nought nil
        1: one first once single a an
        2: two second twice both pair half double couple
        3: three third thrice triple
        4: four fourth quarter quarters
        5: five fifth
        6: six sixth
        7: seven seventh
        8: eight eighth
        9: nine ninth
        10: ten tenth tens decade decades
        11: eleven eleventh
        12: twelve twelfth noon midday dozen dozens
        13: thirteen thirteenth
        14: fourteen fourteenth
        15: fifteen fifteenth
        16: sixteen sixteenth
        17: seventeen seventeenth
        18: eighteen eighteenth
        19: nineteen nineteenth
        20: twenty twentieth twenties
        30: thirty thirtieth thirties
        40: forty fortieth forties
        50: fifty fiftieth fifties half
        60: sixty sixtieth sixties
        70: seventy seventieth seventies
        80: eighty eightieth eighties
        90: ninety ninetieth nineties
        100: hundred hundredth hundreds century centuries percent
        1000: thousand thousands millennium
        1000000: million millions
        1000000000: billion billions"""),
    "fr": _table("""
        0: zéro minuit
        1: un une premier première premiers premières seul
        2: deux second seconde deuxième double demi demie moitié
        3: trois troisième triple tiers
        4: quatre quatrième quart quarts
        5: cinq cinquième
        6: six sixième
        7: sept septième
        8: huit huitième
        9: neuf neuvième
        10: dix dixième décennie décennies dizaine dizaines
        11: onze onzième
        12: douze douzième midi douzaine
        13: treize treizième
        14: quatorze quatorzième
        15: quinze quinzième quinzaine
        16: seize seizième
        17: dix-sept dix-septième
        18: dix-huit dix-huitième
        19: dix-neuf dix-neuvième
        20: vingt vingtième vingtaine
        30: trente trentième trentaine
        40: quarante quarantième quarantaine
        50: cinquante cinquantième cinquantaine moitié
        60: soixante soixantième soixantaine
        70: soixante-dix
        80: quatre-vingt quatre-vingts
        90: quatre-vingt-dix
        100: cent cents centième centaine centaines siècle siècles
        1000: mille millier milliers millénaire
        1000000: million millions
        1000000000: milliard milliards"""),
    "es": _table("""
        0: cero medianoche
        1: un uno una primer*
        2: dos segund* doble medio media mitad ambos
        3: tres tercer* triple tercio
        4: cuatro cuarto* cuarta*
        5: cinco quinto* quinta*
        6: seis sexto* sexta*
        7: siete séptim*
        8: ocho octavo* octava*
        9: nueve noveno* novena*
        10: diez décim* década décadas decena decenas
        11: once undécim*
        12: doce duodécim* mediodía docena
        13: trece
        14: catorce
        15: quince
        16: dieciséis
        17: diecisiete
        18: dieciocho
        19: diecinueve
        20: veinte vigésimo veintena
        30: treinta trigésim*
        40: cuarenta cuadragésim*
        50: cincuenta quincuagésim* mitad
        60: sesenta sexagésim*
        70: setenta
        80: ochenta
        90: noventa
        100: cien ciento centésim* cientos siglo siglos centenar centenares
        200: doscient*
        300: trescient*
        400: cuatrocient*
        500: quinient*
        600: seiscient*
        700: setecient*
        800: ochocient*
        900: novecient*
        1000: mil miles milenio
        1000000: millón millones
        1000000000: mil_millones"""),
    "ru": _table("""
        0: ноль ноля нуля нулю нулевой полночь
        1: один одн* перв* единств*
        2: два две двух* двум двумя двое втор* двой* обе оба обоих половин* пол полтора
        3: три трех* трёх* трем трём тремя трое трет* тройн*
        4: четыре* четырех* четырёх* четырёх четырьмя четверо четверт*
        5: пять пяти пятью пят*
        6: шесть шести шестью шест*
        7: семь семи семью седьм*
        8: восемь восьми восемью восьм*
        9: девять девяти девятью девят*
        10: десять десяти десятью десят* десятилет*
        11: одиннадцат*
        12: двенадцат* полдень дюжин*
        13: тринадцат*
        14: четырнадцат*
        15: пятнадцат*
        16: шестнадцат*
        17: семнадцат*
        18: восемнадцат*
        19: девятнадцат*
        20: двадцат*
        30: тридцат*
        40: сорок* сорока
        50: пятьдесят* пятидесят* половин*
        60: шестьдесят* шестидесят*
        70: семьдесят* семидесят*
        80: восемьдесят* восьмидесят*
        90: девяносто* девяност*
        100: сто ста стометр* сотн* сотен сотый столети* век века веке веков
        200: двести двухсот*
        300: триста трехсот* трёхсот*
        400: четыреста четырехсот*
        500: пятьсот пятисот*
        600: шестьсот шестисот*
        700: семьсот семисот*
        800: восемьсот восьмисот*
        900: девятьсот девятисот*
        1000: тысяч* тысячелет*
        1000000: миллион*
        1000000000: миллиард*"""),
    "ar": _table("""
        0: صفر الصفر
        1: واحد واحدة الواحد أحد إحدى أول أولى الأول الأولى
        2: اثنان اثنين اثنتان اثنتين اثنا اثني اثنتا اثنتي ثاني ثانية الثاني الثانية نصف مرتين ضعف كلا
        3: ثلاث ثلاثة الثلاثة الثالث الثالثة ثالث ثالثة ثلث
        4: أربع أربعة الأربعة الرابع الرابعة رابع رابعة ربع
        5: خمس خمسة الخمسة الخامس الخامسة خامس خامسة
        6: ست ستة الستة السادس السادسة سادس سادسة
        7: سبع سبعة السبعة السابع السابعة سابع سابعة
        8: ثمان ثماني ثمانية الثمانية الثامن الثامنة ثامن ثامنة
        9: تسع تسعة التسعة التاسع التاسعة تاسع تاسعة
        10: عشر عشرة العشر العاشر العاشرة عاشر عاشرة عقد عشرات
        11: أحد_عشر إحدى_عشرة الحادي الحادية
        12: اثنا_عشر اثني_عشر ظهرا ظهرًا ظهراً الظهر
        20: عقدين عقدان عشرون عشرين العشرين العشرون عشرينيات عشرين*
        30: ثلاثون ثلاثين الثلاثين ثلاثينيات ثلاثين*
        40: أربعون أربعين الأربعين أربعينيات أربعين*
        50: خمسون خمسين الخمسين خمسينيات نصف خمسين*
        60: ستون ستين الستين ستينيات الستينيات ستين*
        70: سبعون سبعين السبعين سبعينيات السبعينيات سبعين*
        80: ثمانون ثمانين الثمانين ثمانينيات الثمانينيات ثمانين*
        90: تسعون تسعين التسعين تسعينيات التسعينيات تسعين*
        100: مئة مائة المئة المائة مئات قرن القرن
        200: مئتي مئتين مائتي مائتين
        1000: ألف الألف آلاف ألفي ألفية
        2000: ألفين ألفان ألفا
        1000000: مليون ملايين
        2000000: مليونين مليوني مليونان
        1000000000: مليار مليارات بليون"""),
    "zh": _table("""
        0: 零 〇
        1: 一 首 单 元
        2: 二 两 双 半
        3: 三
        4: 四
        5: 五
        6: 六
        7: 七
        8: 八
        9: 九
        10: 十
        11: 十一
        12: 十二 中午
        13: 十三
        14: 十四
        15: 十五
        16: 十六
        17: 十七
        18: 十八
        19: 十九
        20: 二十
        30: 三十
        40: 四十
        50: 五十 半
        60: 六十
        70: 七十
        80: 八十
        90: 九十
        100: 百 世纪
        200: 二百 两百
        300: 三百
        500: 五百
        1000: 千
        2000: 两千
        10000: 一万
        1000000: 百万
        1000000000: 十亿"""),
}
"""Cardinals, ordinals, fractions and round nouns by value. They only forgive a difference, never cause one."""

_MONTH_FORMS = {
    "en": "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sept/sep "
    "october/oct november/nov december/dec",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre",
    "ru": "январ* феврал* март* апрел* май/мая/мае/маю июн* июл* август* сентябр* октябр* ноябр* декабр*",
    "ar": "يناير/كانون_الثاني/كانون فبراير/شباط مارس/آذار أبريل/نيسان/إبريل مايو/أيار يونيو/حزيران يوليو/تموز/يوليه "
    "أغسطس/آب سبتمبر/أيلول أكتوبر/تشرين نوفمبر/تشرين ديسمبر/كانون",
}

MONTHS: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    code: {i: tuple(forms.split("/")) for i, forms in enumerate(line.split(), start=1)}
    for code, line in _MONTH_FORMS.items()
}
"""Month names; Chinese writes months with digits."""

SCALES: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "en": {10**2: ("hundred",), 10**3: ("thousand", "k"), 10**6: ("million", "millions", "mn", "m"),
           10**9: ("billion", "billions", "bn"), 10**12: ("trillion", "trillions")},
    "fr": {10**2: ("cents",), 10**3: ("mille", "milliers"), 10**6: ("million", "millions"),
           10**9: ("milliard", "milliards"), 10**12: ("billion", "billions")},
    "es": {10**9: ("mil millones", "millardos"), 10**3: ("mil", "miles"), 10**6: ("millón", "millones"),
           10**12: ("billón", "billones")},
    "ru": {10**2: ("сот*",), 10**3: ("тыс", "тысяч*"), 10**6: ("млн", "миллион*"),
           10**9: ("млрд", "миллиард*"), 10**12: ("трлн", "триллион*")},
    "ar": {10**2: ("مئة", "مائة"), 10**3: ("ألف", "آلاف", "ألفا", "ألفًا"),
           10**6: ("مليون", "ملايين", "مليوناً", "مليونًا"),
           10**9: ("مليار", "مليارات", "بليون", "بلايين"), 10**12: ("تريليون", "تريليونات")},
    "zh": {10**12: ("万亿",), 10**9: ("十亿",), 10**8: ("亿",), 10**7: ("千万",), 10**6: ("百万",),
           10**4: ("万",), 10**3: ("千",), 10**2: ("百",)},
}  # fmt: skip
"""Words after digits that multiply them."""
